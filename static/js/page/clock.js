/* The server's clock: the page says when it was made (data-now of its meta element), which tells how far this one is off. */
const meta = document.querySelector('meta[data-now]');

/* When the page was made, milliseconds since 1970; NaN where it does not say. */
export const made = Date.parse(meta ? meta.getAttribute('data-now') : '');

const off = isNaN(made) ? 0 : made - Date.now();

/* Milliseconds since 1970, as the server has it. */
export function serverNow() { return Date.now() + off; }
