/* 换一张 loads another picture without leaving the page; 听验证码 plays the sound in place. Without script both are ordinary links.
   The sound goes through Web Audio, which the content security policy allows by connect-src. */
import { notice } from './notice.js';

function field(link) { return link.closest('.captcha').querySelector('input'); }

function anew(address) { return address + (address.indexOf('?') < 0 ? '?' : '&') + 't=' + Date.now(); }

function renew(link) {
  const image = link.closest('.captcha').querySelector('img[data-captcha]');
  image.src = anew(image.getAttribute('data-captcha'));
  const input = field(link);
  input.value = '';
  input.focus();
}

function play(link) {
  const Sound = window.AudioContext || window.webkitAudioContext;
  const sound = new Sound();
  fetch(anew(link.href), { credentials: 'same-origin' })
    .then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.arrayBuffer();
    })
    .then(function (bytes) { return new Promise(function (done, failed) { sound.decodeAudioData(bytes, done, failed); }); })
    .then(function (buffer) {
      const source = sound.createBufferSource();
      source.buffer = buffer;
      source.connect(sound.destination);
      source.onended = function () { sound.close(); };
      source.start();
      field(link).focus();
    })
    .catch(function () {
      sound.close();
      notice('captcha', 'warn', '声音没有放出来，请换一张后再试。');
    });
}

document.addEventListener('click', function (event) {
  const link = event.target.closest ? event.target.closest('[data-captcha-refresh], [data-captcha-sound]') : null;
  if (!link) return;
  if (link.hasAttribute('data-captcha-refresh')) renew(link);
  else if (window.AudioContext || window.webkitAudioContext) play(link);
  else return;
  event.preventDefault();
});
