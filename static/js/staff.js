/* For the queue and the file in front of a reviewer; served as one file, in this order. */
import './staff/viewer.js';
import './staff/in-sight.js';
import './staff/reasons.js';
import './staff/items.js';
import './staff/online.js';
import './staff/decide.js';
import './staff/review-keys.js';
import './staff/hold.js';
import './staff/queue.js';
import './staff/second-look.js';
