// Base64 as the recorder writes it, by the browser itself: pieces of a recording come in it, and there
// are hundreds of them in a long call.

/** The bytes of a text. */
export function decode(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** The text of some bytes: of a wrapping, never of sound. */
export const encode = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
