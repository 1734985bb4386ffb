/* Pictures in the browser: open(file) gives an upright <img>, shrink(file, bytes) a JPEG of at most so many bytes.
   A browser that cannot read the file (HEIC) or does not turn it by its EXIF rejects: the original is sent then, and the server does the same. */
const SIDES = [3072, 2560, 2048, 1600]; // pixels; 1600 is never given up while the original had it
const QUALITIES = [0.88, 0.8, 0.72];
const LAST = [0.64, 0.56, 0.48, 0.4, 0.3, 0.2]; // at 1600 only: below 0.72 letters fray, so smaller comes first
const HOPELESS = 3; // so many times too large at the first quality: the next size at once
// two grey pixels side by side whose EXIF says a quarter turn: a browser that turns pictures sees one column
const TEST = '/9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////////////////////////////////////wAALCAABAAIBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z';
let turns = null;

function load(blob) {
  return new Promise(function (done, failed) {
    const image = new Image();
    const url = URL.createObjectURL(blob);
    image.onload = function () { window.setTimeout(function () { URL.revokeObjectURL(url); }, 60000); done(image); };
    image.onerror = function () { URL.revokeObjectURL(url); failed(new Error('this browser cannot read the picture')); };
    image.src = url;
  });
}

function turnsByItself() {
  if (!turns) {
    const bytes = Uint8Array.from(atob(TEST), function (c) { return c.charCodeAt(0); });
    turns = load(new Blob([bytes], { type: 'image/jpeg' })).then(function (image) { return image.naturalWidth === 1; }, function () { return false; });
  }
  return turns;
}

export function open(file) {
  return turnsByItself().then(function (able) {
    if (!able) throw new Error('this browser does not turn pictures upright');
    return load(file);
  });
}

function drawn(image, side) {
  const scale = Math.min(1, side / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  const pen = canvas.getContext('2d');
  pen.fillStyle = '#fff'; // transparent parts are paper
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

export function jpeg(canvas, quality) {
  return new Promise(function (done, failed) {
    canvas.toBlob(function (blob) { if (blob) done(blob); else failed(new Error('no memory for the picture')); }, 'image/jpeg', quality);
  });
}

export async function shrink(file, most) {
  const image = await open(file);
  const longest = Math.max(image.naturalWidth, image.naturalHeight);
  const first = Math.min(longest, SIDES[0]);
  const sides = [first].concat(SIDES.filter(function (side) { return side < first; }));
  for (const side of sides) {
    const canvas = drawn(image, side);
    for (const quality of side <= 1600 ? QUALITIES.concat(LAST) : QUALITIES) {
      const blob = await jpeg(canvas, quality);
      if (blob.size <= most) return blob;
      if (blob.size > HOPELESS * most && side > 1600) break;
    }
  }
  throw new Error('the picture does not fit');
}

export function preview(canvas, file) {
  return open(file).then(function (image) {
    const scale = Math.min(canvas.width / image.naturalWidth, canvas.height / image.naturalHeight);
    const width = image.naturalWidth * scale, height = image.naturalHeight * scale;
    const pen = canvas.getContext('2d');
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
    canvas.hidden = false;
  }, function () { canvas.hidden = true; });
}
