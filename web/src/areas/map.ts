import 'ol/ol.css'
import OlMap from 'ol/Map'
import View from 'ol/View'
import Attribution from 'ol/control/Attribution'
import ScaleLine from 'ol/control/ScaleLine'
import Zoom from 'ol/control/Zoom'
import { containsCoordinate, createEmpty, extend, intersects, isEmpty } from 'ol/extent'
import type { Extent } from 'ol/extent'
import Feature from 'ol/Feature'
import type { FeatureLike } from 'ol/Feature'
import GeoJSON from 'ol/format/GeoJSON'
import Point from 'ol/geom/Point'
import { defaults } from 'ol/interaction/defaults'
import Translate from 'ol/interaction/Translate'
import VectorLayer from 'ol/layer/Vector'
import { fromLonLat, toLonLat, transformExtent } from 'ol/proj'
import VectorSource from 'ol/source/Vector'
import CircleStyle from 'ol/style/Circle'
import Fill from 'ol/style/Fill'
import Stroke from 'ol/style/Stroke'
import Style from 'ol/style/Style'
import Text from 'ol/style/Text'
import Collection from 'ol/Collection'
import { api } from '../kernel/api'
import type { FeatureCollection, Level } from '../kernel/types'
import type { LonLat } from './point'
import { tidy } from './point'

export interface MapOptions {
  region: string
  /** West, south, east, north in degrees. */
  bounds: number[] | null
  point: LonLat | null
  /** Given only where the reader may set the point. */
  pick?: (point: LonLat) => void
  words: { zoomIn: string; zoomOut: string }
  /** As things were at this day. */
  at?: string
  /** Given where a tap means a place, without setting the point. */
  tap?: (point: LonLat) => void
}
export interface MapHandle {
  /** Draws these areas over the others and shows them; nothing takes them away. */
  highlight(collection: FeatureCollection | null, bounds?: readonly number[] | null): void
  /** Marks places, and shows all of them. */
  mark(places: readonly (readonly number[])[]): void
  setPoint(point: LonLat | null, show?: boolean): void
  nudge(east: number, north: number): void
  placeAtCentre(): void
  zoom(by: number): void
  destroy(): void
}

const FONT = '13px "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif'
// Metres on the ground per pixel below which the finer boundaries are fetched.
const SHOWS: Record<Level, number> = { street: Infinity, community: 20, grid: 6 }
const FINER: Partial<Record<Level, Level>> = { street: 'community', community: 'grid' }
const MAX_PARENTS = 12

interface Palette {
  ground: string
  water: string
  building: string
  road: string
  casing: string
  border: string
  ink: string
  halo: string
  point: string
}
const LIGHT: Palette = {
  ground: '#f3f1ec',
  water: '#b9d8ea',
  building: '#dcd6cb',
  road: '#ffffff',
  casing: '#c9c3b8',
  border: '#5b6f80',
  ink: '#24313c',
  halo: '#ffffffd9',
  point: '#b3261e',
}
const DARK: Palette = {
  ground: '#1c232a',
  water: '#20435a',
  building: '#2b343d',
  road: '#47535e',
  casing: '#11161b',
  border: '#8ea3b5',
  ink: '#e8edf2',
  halo: '#12181ed9',
  point: '#ff8a80',
}

const format = new GeoJSON({ featureProjection: 'EPSG:3857' })
const read = (collection: FeatureCollection): Feature[] => format.readFeatures(collection) as Feature[]

export function createMap(target: HTMLElement, options: MapOptions): MapHandle {
  const palette = matchMedia('(prefers-color-scheme: dark)').matches ? DARK : LIGHT
  target.style.backgroundColor = palette.ground

  const base = new VectorSource()
  const areas = new VectorSource()
  const lit = new VectorSource()
  const marks = new VectorSource()
  const pin = new Feature()
  const pins = new VectorSource({ features: [pin] })
  const map = new OlMap({
    target,
    controls: [
      new Zoom({ zoomInTipLabel: options.words.zoomIn, zoomOutTipLabel: options.words.zoomOut }),
      new ScaleLine(),
      new Attribution(),
    ],
    // A page being scrolled past must not be caught by the map: it moves only once it was tapped or reached by Tab.
    interactions: defaults({ altShiftDragRotate: false, pinchRotate: false, keyboard: false, onFocusOnly: true }),
    layers: [
      new VectorLayer({ source: base, style: baseStyle(palette), declutter: true, updateWhileInteracting: true }),
      new VectorLayer({ source: areas, style: areaStyle(palette), declutter: true }),
      new VectorLayer({ source: lit, style: litStyle(palette) }),
      new VectorLayer({ source: marks, style: pinStyle(palette)[1]! }),
      new VectorLayer({ source: pins, style: pinStyle(palette) }),
    ],
    view: new View({ center: fromLonLat([104, 35]), zoom: 4, maxZoom: 20, enableRotation: false }),
  })

  function setPoint(point: LonLat | null, show = false): void {
    pin.setGeometry(point ? new Point(fromLonLat([point.lon, point.lat])) : undefined)
    const place = pin.getGeometry() as Point | undefined
    if (!place) return
    const view = map.getView()
    const lost = map.getSize() !== undefined && !containsCoordinate(view.calculateExtent(map.getSize()), place.getCoordinates())
    if (show || lost) view.setCenter(place.getCoordinates())
    if (show && (view.getResolution() ?? 100) > 2) view.setResolution(1.5)
  }
  function picked(coordinate: number[]): void {
    const [lon = 0, lat = 0] = toLonLat(coordinate)
    options.pick?.(tidy({ lon, lat }))
  }

  if (options.pick) {
    map.on('singleclick', (event) => picked(event.coordinate))
    const drag = new Translate({ features: new Collection([pin]), hitTolerance: 12 })
    drag.on('translateend', () => picked((pin.getGeometry() as Point).getCoordinates()))
    map.addInteraction(drag)
  }

  const { tap } = options
  if (tap) {
    map.on('singleclick', (event) => {
      const [lon = 0, lat = 0] = toLonLat(event.coordinate)
      tap(tidy({ lon, lat }))
    })
  }

  if (options.bounds) map.getView().fit(transformExtent(options.bounds, 'EPSG:4326', 'EPSG:3857'), { padding: [8, 8, 8, 8] })
  setPoint(options.point, true)

  void api
    .get('/api/regions/{region}/map', { path: { region: options.region } })
    .then((collection) => base.addFeatures(read(collection)))
    // Without the base map the boundaries and the point still serve.
    .catch(() => undefined)
  void followView(map, areas, options)

  return {
    setPoint,
    highlight(collection, bounds) {
      lit.clear()
      if (collection) lit.addFeatures(read(collection))
      const extent = lit.getExtent()
      if (bounds) map.getView().fit(transformExtent([...bounds], 'EPSG:4326', 'EPSG:3857'), { padding: [24, 24, 24, 24], maxZoom: 18 })
      else if (extent && !isEmpty(extent)) map.getView().fit(extent, { padding: [24, 24, 24, 24], maxZoom: 18 })
    },
    mark(places) {
      marks.clear()
      marks.addFeatures(places.map((place) => new Feature(new Point(fromLonLat([place[0]!, place[1]!])))))
      const extent = marks.getExtent()
      if (places.length && extent && !isEmpty(extent)) map.getView().fit(extent, { padding: [40, 40, 40, 40], maxZoom: 16 })
    },
    nudge(east, north) {
      const resolution = map.getView().getResolution() ?? 1
      const from = (pin.getGeometry() as Point | undefined)?.getCoordinates() ?? map.getView().getCenter()
      if (from) picked([from[0]! + east * resolution, from[1]! + north * resolution])
    },
    placeAtCentre() {
      const centre = map.getView().getCenter()
      if (centre) picked(centre)
    },
    zoom(by) {
      const view = map.getView()
      view.animate({ zoom: (view.getZoom() ?? 12) + by, duration: 150 })
    },
    destroy() {
      map.setTarget(undefined)
      map.dispose()
    },
  }
}

/** Streets at once; communities and grids only of what is in view and close enough, each parent asked for once. */
async function followView(map: OlMap, areas: VectorSource, options: MapOptions): Promise<void> {
  const asked = new Set<string>()
  const fetchAreas = async (level: Level, parent?: string): Promise<void> => {
    const collection = await api.get('/api/regions/{region}/areas/geometry', {
      path: { region: options.region },
      query: { level, ...(parent ? { parent } : {}), ...(options.at ? { at: options.at } : {}) },
    })
    areas.addFeatures(read(collection))
  }
  const follow = async (): Promise<void> => {
    const resolution = map.getView().getResolution()
    if (!resolution) return
    const extent = map.getView().calculateExtent(map.getSize())
    for (const level of ['street', 'community'] as const) {
      const finer = FINER[level]
      if (!finer || resolution > SHOWS[finer]) continue
      const parents = areas.getFeatures().filter((area) => area.get('level') === level && inView(area, extent))
      const wanted = parents.map((area) => String(area.get('code'))).filter((code) => !asked.has(code))
      if (wanted.length > MAX_PARENTS) continue
      wanted.forEach((code) => asked.add(code))
      await Promise.all(wanted.map((code) => fetchAreas(finer, code).catch(() => asked.delete(code))))
    }
  }
  try {
    await fetchAreas('street')
  } catch {
    return
  }
  if (!options.bounds && !options.point) {
    const all = areas.getFeatures().reduce((sum, area) => extend(sum, area.getGeometry()?.getExtent() ?? createEmpty()), createEmpty())
    if (!isEmpty(all)) map.getView().fit(all, { padding: [8, 8, 8, 8] })
  }
  map.on('moveend', () => void follow())
  await follow()
}

function inView(area: Feature, extent: Extent): boolean {
  const geometry = area.getGeometry()
  return geometry !== undefined && intersects(geometry.getExtent(), extent)
}

function baseStyle(palette: Palette) {
  const water = new Style({ fill: new Fill({ color: palette.water }), stroke: new Stroke({ color: palette.water, width: 2 }), zIndex: 1 })
  const building = new Style({ fill: new Fill({ color: palette.building }), zIndex: 4 })
  return (feature: FeatureLike, resolution: number): Style | Style[] | undefined => {
    const kind = feature.get('kind')
    if (kind === 'water') return water
    if (kind === 'building') return resolution < 8 ? building : undefined
    const width = Math.min(14, Math.max(1.5, 9 / resolution))
    const styles = [
      new Style({ stroke: new Stroke({ color: palette.casing, width: width + 1.5 }), zIndex: 2 }),
      new Style({ stroke: new Stroke({ color: palette.road, width }), zIndex: 3 }),
    ]
    const name = feature.get('name') as string | null
    if (name && resolution < 4) styles.push(new Style({ text: label(name, palette, true), zIndex: 5 }))
    return styles
  }
}

function areaStyle(palette: Palette) {
  const width: Record<Level, number> = { street: 2.5, community: 1.6, grid: 1 }
  return (feature: FeatureLike, resolution: number): Style | undefined => {
    const level = feature.get('level') as Level
    if (resolution > SHOWS[level]) return undefined
    const finer = FINER[level]
    const named = !finer || resolution > SHOWS[finer]
    const style = new Style({ stroke: new Stroke({ color: palette.border, width: width[level], ...(level === 'grid' ? { lineDash: [6, 4] } : {}) }) })
    if (named) style.setText(label(String(feature.get('name') ?? ''), palette, false))
    return style
  }
}

function litStyle(palette: Palette): Style {
  return new Style({ stroke: new Stroke({ color: palette.point, width: 3 }), fill: new Fill({ color: `${palette.point}22` }) })
}

function label(text: string, palette: Palette, along: boolean): Text {
  return new Text({
    text,
    font: FONT,
    placement: along ? 'line' : 'point',
    fill: new Fill({ color: palette.ink }),
    stroke: new Stroke({ color: palette.halo, width: 3 }),
    overflow: false,
  })
}

function pinStyle(palette: Palette): Style[] {
  return [
    new Style({ image: new CircleStyle({ radius: 16, fill: new Fill({ color: `${palette.point}33` }) }) }),
    new Style({
      image: new CircleStyle({ radius: 8, fill: new Fill({ color: palette.point }), stroke: new Stroke({ color: '#fff', width: 2.5 }) }),
    }),
  ]
}
