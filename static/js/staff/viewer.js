// Review page: one picture at a time, larger, turned, moved; numbers to copy; the return button says how many items. Without this file all
// pictures stand one below the other and the links lead to them. Other scripts of the page move it by kaoji.viewer.
(function () {
  'use strict';
  var kaoji = (window.kaoji = window.kaoji || {});
  var LEVELS = [1, 1.5, 2, 3, 4];
  var STEP = 60;  // pixels that an arrow key moves the picture

  function setUp(viewer) {
    var figures = Array.prototype.slice.call(viewer.querySelectorAll('[data-picture]'));
    var tabs = Array.prototype.slice.call(document.querySelectorAll('[data-tab]'));
    var wide = window.matchMedia('(min-width: 60rem)');
    var at = 0, level = 0, turned = 0, x = 0, y = 0, held = null;
    if (!figures.length) return;

    function lay() {
      var sheet = figures[at].querySelector('[data-sheet]'), picture = sheet.querySelector('img');
      var across = turned % 2 ? picture.naturalHeight : picture.naturalWidth;
      var down = turned % 2 ? picture.naturalWidth : picture.naturalHeight;
      if (!across || !sheet.clientWidth) return;  // not there yet, or never: the browser shows what it can
      var scale = Math.min(sheet.clientWidth / across, sheet.clientHeight / down) * LEVELS[level];
      var roomX = Math.max(0, (across * scale - sheet.clientWidth) / 2);
      var roomY = Math.max(0, (down * scale - sheet.clientHeight) / 2);
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

    function zoom(step) {
      var before = LEVELS[level];
      level = Math.max(0, Math.min(LEVELS.length - 1, level + step));
      x *= LEVELS[level] / before;
      y *= LEVELS[level] / before;
      draw();
      if (kaoji.announce) kaoji.announce('照片放大到 ' + LEVELS[level] * 100 + '%');
    }

    function pan(dx, dy) {
      x += dx;
      y += dy;
      lay();
    }

    function rotate() {
      turned = (turned + 1) % 4;
      draw();
    }

    kaoji.viewer = {
      next: function (step) { show(at + step); return figures[at].id; },
      show: function (anchor) {
        var index = figures.findIndex(function (figure) { return figure.id === anchor; });
        if (index >= 0 && index !== at) show(index);
      },
      pan: function (across, down) { pan(-across * STEP, -down * STEP); },
      zoom: zoom, rotate: rotate, fit: function () { show(at); },
      large: function () { return level > 0; }
    };

    tabs.forEach(function (tab) {
      tab.addEventListener('click', function (event) { event.preventDefault(); kaoji.viewer.show(tab.dataset.tab); });
    });
    viewer.addEventListener('click', function (event) {
      var button = event.target.closest('button');
      if (!button) return;
      if (button.dataset.turn) kaoji.viewer.next(Number(button.dataset.turn));
      if (button.dataset.zoom) zoom(button.dataset.zoom === 'in' ? 1 : -1);
      if ('rotate' in button.dataset) rotate();
      if ('fit' in button.dataset) show(at);
    });
    viewer.addEventListener('keydown', function (event) {
      var way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!way || !level || event.target !== viewer || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      kaoji.viewer.pan(way[0], way[1]);
    });
    figures.forEach(function (figure) {
      var sheet = figure.querySelector('[data-sheet]');
      figure.querySelector('img').addEventListener('load', lay);
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
        if (!wide.matches || event.ctrlKey) return;  // below that width the page itself scrolls
        event.preventDefault();
        zoom(event.deltaY < 0 ? 1 : -1);
      }, { passive: false });
    });
    window.addEventListener('resize', lay);
    if (window.ResizeObserver) {  // the caption grows when its buttons appear
      var watch = new ResizeObserver(lay);
      figures.forEach(function (figure) { watch.observe(figure.querySelector('[data-sheet]')); });
    }
    viewer.querySelector('[data-tools]').hidden = false;
    viewer.classList.add('single');
    draw();
  }

  function countReturns(form) {
    var button = form.querySelector('[data-count-returns]');
    if (!button) return;
    var words = button.firstChild.nodeValue.trim();  // the key stands after it
    function tell() {
      var number = form.querySelectorAll('.check input[value=return]:checked').length;
      button.firstChild.nodeValue = number ? words + '（' + number + ' 项） ' : words + ' ';
    }
    form.addEventListener('change', tell);
    form.addEventListener('click', function (event) {  // with the mouse only: the keyboard's focus stays where it is
      var label = event.target.closest('label.no');
      var reason = label && document.getElementById(label.htmlFor.replace('return.', 'reason.'));
      if (reason) setTimeout(function () { reason.focus(); }, 0);
    });
    tell();
  }

  function copies(button) {  // a number or code that is typed elsewhere
    button.hidden = !navigator.clipboard;
    button.addEventListener('click', function () {
      var text = document.getElementById(button.dataset.copy).textContent;
      navigator.clipboard.writeText(text).then(function () { button.firstChild.textContent = '已复制'; });
    });
  }

  document.querySelectorAll('[data-viewer]').forEach(setUp);
  document.querySelectorAll('[data-copy]').forEach(copies);
  document.querySelectorAll('[data-review]').forEach(countReturns);
})();
