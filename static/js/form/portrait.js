/* frame(file, width, height): a dialog in which the person moves and enlarges the portrait behind a frame; a Promise of the JPEG inside the frame at the
   picture's own resolution (the server makes the exact size), null when closed. Rejects where there is no <dialog> or the file cannot be read: the server
   takes the middle then. Mouse and touch drag, wheel and slider enlarge; the arrow keys move the picture while it has focus. No face is looked for. */
import { able, hide, show } from '../page/dialog.js';
import { jpeg, open } from './picture.js';

const MOST = 4; // times enlarged
const STEP = 8; // pixels an arrow key moves
const LARGEST = 1920; // pixels: height of what is sent
const QUALITY = 0.92;

function element(name, attributes, text) {
  const made = document.createElement(name);
  Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
  if (text) made.textContent = text;
  return made;
}

/* The picture's place in the frame: centre in picture pixels, how many picture pixels one frame pixel is, quarter turns. */
function Place(image, width, height) {
  let turn = 0, zoom = 1, x = 0, y = 0;
  function size() { return turn % 2 ? [image.naturalHeight, image.naturalWidth] : [image.naturalWidth, image.naturalHeight]; }
  function scale() { const s = size(); return Math.max(width / s[0], height / s[1]) * zoom; }
  function hold() {
    const s = size(), k = scale();
    x = Math.min(s[0] - width / k / 2, Math.max(width / k / 2, x));
    y = Math.min(s[1] - height / k / 2, Math.max(height / k / 2, y));
  }
  function draw(pen, times) {
    const k = scale() * times;
    pen.save();
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, width * times, height * times);
    pen.translate((width * times) / 2, (height * times) / 2);
    pen.scale(k, k);
    const s = size();
    pen.translate(s[0] / 2 - x, s[1] / 2 - y);
    pen.rotate((turn * Math.PI) / 2);
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(image, -image.naturalWidth / 2, -image.naturalHeight / 2);
    pen.restore();
  }
  function reset() { const s = size(); x = s[0] / 2; y = Math.min(s[1] / 2, height / scale() / 2 + (s[1] - height / scale()) * 0.35); hold(); }
  reset();
  return {
    move: function (dx, dy) { x -= dx / scale(); y -= dy / scale(); hold(); },
    zoom: function (value) { zoom = Math.min(MOST, Math.max(1, value)); hold(); return zoom; },
    turn: function () { turn = (turn + 1) % 4; reset(); },
    draw: draw,
    scale: scale,
  };
}

/* Head and shoulders, as the usual rule wants them (domain.md §2.3): hair 50-110 of 640 from the top, eyes 200-300, face 180-300 of 480 wide. */
function guide(pen, width, height) {
  pen.save();
  pen.strokeStyle = 'rgba(255, 255, 255, .95)';
  pen.lineWidth = 2;
  pen.setLineDash([8, 6]);
  pen.shadowColor = 'rgba(0, 0, 0, .8)';
  pen.shadowBlur = 3;
  pen.beginPath();
  pen.ellipse(width / 2, height * 0.43, width * 0.25, height * 0.27, 0, 0, 2 * Math.PI);
  pen.stroke();
  pen.beginPath();
  pen.moveTo(width * 0.3, height * 0.4);
  pen.lineTo(width * 0.7, height * 0.4);
  pen.stroke();
  pen.restore();
}

function build(width, height) {
  const section = element('section', { 'class': 'stack', 'data-dialog': 'framing', 'aria-labelledby': 'framing-title' });
  section.appendChild(element('h2', { id: 'framing-title' }, '调整头像位置'));
  section.appendChild(element('p', { 'class': 'muted small', id: 'framing-help' }, '拖动照片，让脸在椭圆内、双眼在横线上；用滑块放大。也可以用方向键移动。'));
  const canvas = element('canvas', { width: width, height: height, tabindex: '0', role: 'img', 'aria-label': '照片和取景框', 'aria-describedby': 'framing-help' });
  section.appendChild(canvas);
  const label = element('label', { 'class': 'row' }, '放大 ');
  const slider = element('input', { type: 'range', min: '1', max: String(MOST), step: '0.02', value: '1' });
  label.appendChild(slider);
  section.appendChild(label);
  const row = element('div', { 'class': 'actions' });
  const use = element('button', { type: 'button', 'class': 'btn primary' }, '使用这张照片');
  const turn = element('button', { type: 'button', 'class': 'btn' }, '向右旋转');
  const close = element('button', { type: 'button', 'class': 'btn', 'data-closes': '' }, '取消');
  [use, turn, close].forEach(function (button) { row.appendChild(button); });
  section.appendChild(row);
  document.body.appendChild(section);
  return { section: section, canvas: canvas, slider: slider, use: use, turn: turn };
}

function drag(canvas, place, draw) {
  let last = null;
  canvas.addEventListener('pointerdown', function (event) { last = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener('pointermove', function (event) {
    if (!last) return;
    const ratio = canvas.width / canvas.clientWidth;
    place.move((event.clientX - last[0]) * ratio, (event.clientY - last[1]) * ratio);
    last = [event.clientX, event.clientY];
    draw();
  });
  ['pointerup', 'pointercancel'].forEach(function (kind) { canvas.addEventListener(kind, function () { last = null; }); });
  canvas.addEventListener('keydown', function (event) {
    const way = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
    if (!way) return;
    event.preventDefault();
    place.move(way[0], way[1]);
    draw();
  });
}

export async function frame(file, width, height) {
  if (!able) throw new Error('no dialog here');
  const image = await open(file);
  const parts = build(width, height);
  const place = Place(image, width, height);
  const pen = parts.canvas.getContext('2d');
  const draw = function () { place.draw(pen, 1); guide(pen, width, height); };
  drag(parts.canvas, place, draw);
  parts.slider.addEventListener('input', function () { place.zoom(Number(parts.slider.value)); draw(); });
  parts.canvas.addEventListener('wheel', function (event) {
    event.preventDefault();
    parts.slider.value = place.zoom(Number(parts.slider.value) - Math.sign(event.deltaY) * 0.1);
    draw();
  }, { passive: false });
  parts.turn.addEventListener('click', function () { place.turn(); draw(); });
  draw();
  show(parts.section);
  return new Promise(function (done, failed) {
    let used = false;
    parts.use.addEventListener('click', function () { used = true; hide(parts.section); });
    parts.section.addEventListener('kaoji:closed', function () {
      parts.section.parentNode.remove();
      if (!used) return done(null);
      const times = Math.min(LARGEST / height, 1 / place.scale());
      const canvas = element('canvas', { width: Math.max(1, Math.round(width * times)), height: Math.max(1, Math.round(height * times)) });
      place.draw(canvas.getContext('2d'), times);
      jpeg(canvas, QUALITY).then(done, failed);
    });
  });
}
