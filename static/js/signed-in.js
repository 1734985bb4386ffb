/* For who is signed in, with or without a form on the page. Served as one file, in this order. */
import './form/closing.js';
import './form/countdown.js';
import './form/session.js';
import './form/counter.js';
import './form/forms.js';
import './form/choice.js';
import './form/autosave.js';
import './form/keep.js';
import './form/leave.js';
import './form/unasked.js';
import './form/fixes.js';
