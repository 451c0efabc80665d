const LONG_SIDE = 2560
const LARGE = 2_000_000

/** A large photo made smaller before it goes: it arrives sooner, and redrawing leaves out the position the camera wrote into it. */
export async function shrink(file: File): Promise<Blob> {
  if (file.size <= LARGE || typeof createImageBitmap !== 'function') return file
  try {
    const picture = await createImageBitmap(file)
    const scale = Math.min(1, LONG_SIDE / Math.max(picture.width, picture.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(picture.width * scale)
    canvas.height = Math.round(picture.height * scale)
    canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
    picture.close()
    const smaller = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.86))
    return smaller && smaller.size < file.size ? smaller : file
  } catch {
    // A picture this browser cannot draw goes as it is; the server judges it.
    return file
  }
}
