/* What a decision still lacks is said at its field, in the server's words (app/actions/review/opinions.py), until something is written there. */
import { announce } from '../page/notice.js';

function take(field, error) {
  error.remove();
  field.removeAttribute('aria-invalid');
  field.removeAttribute('aria-describedby');
  const around = field.closest('.field');
  if (around) around.classList.remove('wrong');
}

function put(field) {
  const error = document.createElement('span'), around = field.closest('.field');
  error.className = 'error';
  error.id = field.id + '-error';
  field.parentNode.insertBefore(error, field);
  field.setAttribute('aria-invalid', 'true');
  field.setAttribute('aria-describedby', error.id);
  if (around) around.classList.add('wrong');
  field.addEventListener('input', function () { take(field, error); }, { once: true });
  return error;
}

/* Shows the words between label and field; an error that the server said there is replaced. */
export function complain(field, words) {
  const error = document.getElementById(field.getAttribute('aria-describedby')) || put(field);
  error.textContent = words;
  (field.closest('.field, .reason') || field).scrollIntoView({ block: 'nearest' });
  announce(words);
}
