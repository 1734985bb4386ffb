/* The pictures of a file: one at a time, larger, turned, moved. Without script all stand one below the other and the links lead to them. What is exported
   does nothing on a page without pictures. */
import { announce } from '../page/notice.js';

const LEVELS = [1, 1.5, 2, 3, 4]; // times as large as the window
const STEP = 60; // pixels that an arrow key moves the picture
const viewer = document.querySelector('[data-viewer]');
const figures = viewer ? Array.from(viewer.querySelectorAll('[data-picture]')) : [];
const tabs = Array.from(document.querySelectorAll('[data-tab]'));
const wide = window.matchMedia('(min-width: 60rem)');
const opened = new Set(); // figures whose picture was shown
let at = 0, level = 0, turned = 0, x = 0, y = 0, held = null;

function sheets(figure) { return Array.from(figure.querySelectorAll('[data-sheet]')); }

function open() {
  const pictures = Array.from(figures[at].querySelectorAll('img'));
  if (pictures.every(function (picture) { return picture.complete && picture.naturalWidth; })) opened.add(figures[at]);
}

/* Old and new picture lie side by side and move together. */
function lay() {
  open();
  sheets(figures[at]).forEach(laySheet);
}

function laySheet(sheet) {
  const picture = sheet.querySelector('img');
  const across = turned % 2 ? picture.naturalHeight : picture.naturalWidth;
  const down = turned % 2 ? picture.naturalWidth : picture.naturalHeight;
  if (!across || !sheet.clientWidth) return; // not there yet, or never: the browser shows what it can
  const scale = Math.min(sheet.clientWidth / across, sheet.clientHeight / down) * LEVELS[level];
  const roomX = Math.max(0, (across * scale - sheet.clientWidth) / 2);
  const roomY = Math.max(0, (down * scale - sheet.clientHeight) / 2);
  x = Math.max(-roomX, Math.min(roomX, x));
  y = Math.max(-roomY, Math.min(roomY, y));
  sheet.classList.add('laid');
  picture.style.width = picture.naturalWidth * scale + 'px';
  picture.style.height = picture.naturalHeight * scale + 'px';
  picture.style.transform = 'translate(-50%, -50%) translate(' + x + 'px, ' + y + 'px) rotate(' + turned * 90 + 'deg)';
}

function draw() {
  figures.forEach(function (figure, index) { figure.classList.toggle('shown', index === at); });
  viewer.classList.toggle('large', level > 0);
  tabs.forEach(function (tab) {
    if (tab.dataset.tab === figures[at].id) tab.setAttribute('aria-current', 'true');
    else tab.removeAttribute('aria-current');
  });
  lay();
}

function show(index) {
  at = (index + figures.length) % figures.length;
  level = turned = x = y = 0;
  draw();
}

/* Shows the picture of an anchor. */
export function showPicture(anchor) {
  const index = figures.findIndex(function (figure) { return figure.id === anchor; });
  if (index >= 0 && index !== at) show(index);
}

/* Shows the next (1) or the last (-1) picture; its anchor. */
export function turnPicture(step) {
  if (!figures.length) return '';
  show(at + step);
  return figures[at].id;
}

/* Labels of the pictures that were not shown yet. */
export function unopened() {
  return figures.filter(function (figure) { return !opened.has(figure); }).map(function (figure) { return document.querySelector('[data-tab="' + figure.id + '"]').dataset.name; });
}

export function zoom(step) {
  if (!figures.length) return;
  const before = LEVELS[level];
  level = Math.max(0, Math.min(LEVELS.length - 1, level + step));
  x *= LEVELS[level] / before;
  y *= LEVELS[level] / before;
  draw();
  announce('照片放大到 ' + LEVELS[level] * 100 + '%');
}

/* Moves what one sees by so many steps. */
export function pan(across, down) {
  if (!figures.length) return;
  x -= across * STEP;
  y -= down * STEP;
  lay();
}

export function rotate() {
  if (!figures.length) return;
  turned = (turned + 1) % 4;
  draw();
}

export function fit() {
  if (figures.length) show(at);
}

function pressed(event) {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.turn) turnPicture(Number(button.dataset.turn));
  if (button.dataset.zoom) zoom(button.dataset.zoom === 'in' ? 1 : -1);
  if ('rotate' in button.dataset) rotate();
  if ('fit' in button.dataset) fit();
}

function arrow(event) {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way || !level || event.target !== viewer || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  pan(way[0], way[1]);
}

function byHand(sheet) {
  sheet.querySelector('img').addEventListener('load', lay);
  sheet.addEventListener('pointerdown', function (event) {
    if (!level || event.button) return;
    held = { x: event.clientX - x, y: event.clientY - y };
    sheet.setPointerCapture(event.pointerId);
  });
  sheet.addEventListener('pointermove', function (event) {
    if (!held) return;
    x = event.clientX - held.x;
    y = event.clientY - held.y;
    lay();
  });
  ['pointerup', 'pointercancel'].forEach(function (name) { sheet.addEventListener(name, function () { held = null; }); });
  sheet.addEventListener('dblclick', function () { zoom(level ? -level : 2); });
  sheet.addEventListener('wheel', function (event) {
    if (!wide.matches || event.ctrlKey) return; // below that width the page itself scrolls
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1 : -1);
  }, { passive: false });
}

if (figures.length) {
  tabs.forEach(function (tab) {
    tab.addEventListener('click', function (event) {
      event.preventDefault();
      showPicture(tab.dataset.tab);
    });
  });
  viewer.addEventListener('click', pressed);
  viewer.addEventListener('keydown', arrow);
  figures.forEach(function (figure) { sheets(figure).forEach(byHand); });
  window.addEventListener('resize', lay);
  if (window.ResizeObserver) { // the caption grows when its buttons appear
    const watch = new ResizeObserver(lay);
    figures.forEach(function (figure) { sheets(figure).forEach(function (sheet) { watch.observe(sheet); }); });
  }
  viewer.querySelector('[data-tools]').hidden = false;
  viewer.classList.add('single');
  draw();
}
