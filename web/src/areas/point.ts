export interface LonLat {
  lon: number
  lat: number
}

/** Seven decimals are a centimetre; more is noise. */
export function tidy(point: LonLat): LonLat {
  return { lon: Math.round(point.lon * 1e7) / 1e7, lat: Math.round(point.lat * 1e7) / 1e7 }
}
