/* For every page; served as one file, in this order (app/web/static_files.py). */
import './page/notice.js';
import './page/place.js';
import './page/focus.js';
import './page/busy.js';
import './page/dialog.js';
import './page/captcha.js';
import './page/kept.js';
import './page/sign-out.js';
import './page/copy.js';
import './page/reveal.js';
import './page/turn.js';
