/* For the steps, where pictures are sent: with htmx one goes from any of them to the next. Served as one file, in this order. */
import './form/picture.js';
import './form/portrait.js';
import './form/upload.js';
