'use strict';

// All text of tasks goes into the page as text nodes; nothing here makes markup out of it.

const PAGE_SIZE = 50;
const MOST_CHANGES = 100;
const LEAST_PAUSE = 10000; // between two looks at the counts
const LONG_COUNT = 1000; // after which it is said that they take their time
const STATUSES = ['TODO', 'IN_PROGRESS', 'BLOCKED', 'DONE', 'FAILED', 'CANCELLED'];
const WAITING = 'status = BLOCKED or status = TODO and not ready';

const byId = (id) => document.getElementById(id);

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) {
    made.className = className;
  }
  if (text !== undefined && text !== null) {
    made.textContent = text;
  }
  return made;
}

async function call(path, parameters) {
  const url = new URL(path, location.href);
  for (const [name, value] of Object.entries(parameters || {})) {
    if (value) {
      url.searchParams.set(name, value);
    }
  }
  const answer = await fetch(url, { headers: { Accept: 'application/json' } });
  const body = await answer.json();
  if (!answer.ok) {
    const error = body.error || { what: 'the server answered ' + answer.status };
    const failure = new Error([error.what, error.why, error.next].filter(Boolean).join('\n'));
    failure.retryAfter = Number(answer.headers.get('Retry-After')) || 0;
    throw failure;
  }
  return body;
}

function notice(text) {
  byId('notice').textContent = text || '';
}

function say(id, words) {
  byId(id).textContent = words || '';
  byId(id).hidden = !words;
}

function clock(time) {
  return new Date(time).toLocaleTimeString();
}

// ---- counts

const tiles = new Map();

function tile(name, query) {
  const made = element('button', 'tile');
  made.type = 'button';
  const number = element('b', '', '-');
  made.append(number, element('span', '', name));
  made.addEventListener('click', () => {
    byId('query').value = query;
    find();
  });
  byId('tiles').append(made);
  tiles.set(name, number);
}

function makeTiles() {
  tile('tasks', '');
  STATUSES.forEach((status) => tile(status, 'status = ' + status));
  tile('ready', 'ready order by priority desc, created');
  tile('blocked', WAITING);
}

function show(name, number) {
  tiles.get(name).textContent = Number(number).toLocaleString();
}

let countsDue = null;
let counting = false;
let again = false;
let countedAt = -LEAST_PAUSE;
let pause = LEAST_PAUSE;

/** Looks at the counts soon, though not more often than they may be asked for. */
function countSoon() {
  if (counting) {
    again = true;
  } else if (countsDue === null) {
    const wait = Math.max(200, countedAt + pause - performance.now());
    countsDue = setTimeout(count, wait);
  }
}

async function count() {
  counting = true;
  again = false;
  const begin = performance.now();
  const late = setTimeout(() => say('counted', 'counting; a large store takes its time'), LONG_COUNT);
  try {
    const byStatus = await call('api/count', { by: 'status' });
    const counts = new Map(byStatus.data.map((row) => [row.status, row.count]));
    STATUSES.forEach((status) => show(status, counts.get(status) || 0));
    show('tasks', [...counts.values()].reduce((a, b) => a + b, 0));
    const ready = (await call('api/count', { q: 'ready' })).data.count;
    show('ready', ready);
    // as WAITING counts, for whatever is ready is TODO; a commit may have come in between
    const others = (counts.get('BLOCKED') || 0) + (counts.get('TODO') || 0) - ready;
    show('blocked', Math.max(0, others));
    notice('');
    const took = performance.now() - begin;
    pause = Math.max(LEAST_PAUSE, 10 * took);
    const next = 'counted at ' + clock(Date.now()) + ' in ' + (took / 1000).toFixed(1)
      + ' s; again after ' + Math.round(pause / 1000) + ' s at the soonest';
    say('counted', took > LONG_COUNT ? next : '');
  } catch (e) {
    say('counted', '');
    notice(e.message);
    pause = Math.max(LEAST_PAUSE, (e.retryAfter || 0) * 1000);
    setTimeout(countSoon, pause);
  }
  clearTimeout(late);
  countedAt = performance.now();
  countsDue = null;
  counting = false;
  if (again) { // what came while it was asked for may not be in the answers
    countSoon();
  }
}

// ---- tasks

let shownQuery = '';
let next = null;
let search = 0;

function row(task) {
  const made = element('tr');
  const id = element('td');
  id.append(idButton(task.id));
  const status = element('td');
  status.append(element('span', 'pill ' + task.status, task.status));
  const due = task.due_at ? task.due_at.slice(0, 10) : '';
  made.append(id, status, element('td', task.priority, task.priority), element('td', '', due));
  made.append(element('td', '', task.title));
  made.addEventListener('click', () => showTask(task.id));
  return made;
}

function idButton(id) {
  const made = element('button', 'link', id);
  made.type = 'button';
  made.addEventListener('click', (event) => {
    event.stopPropagation();
    showTask(id);
  });
  return made;
}

function find() {
  shownQuery = byId('query').value.trim();
  next = null;
  byId('rows').replaceChildren();
  byId('more').hidden = true;
  byId('shown').textContent = 'searching';
  page();
}

async function page() {
  const mine = ++search;
  const more = byId('more');
  more.disabled = true;
  try {
    const answer = await call('api/tasks', {
      q: shownQuery,
      limit: PAGE_SIZE,
      after: next,
      fields: 'id,status,priority,due_at,title',
    });
    if (mine !== search) {
      return; // another query was asked meanwhile
    }
    byId('rows').append(...answer.data.map(row));
    next = answer.page.next;
    say('problem', '');
    more.hidden = !next;
    const shown = byId('rows').childElementCount;
    byId('shown').textContent = shown === 0 ? 'No tasks.' : shown + (next ? ' shown' : ' in all');
  } catch (e) {
    if (mine === search) {
      say('problem', e.message);
      byId('shown').textContent = next ? byId('rows').childElementCount + ' shown' : '';
    }
  }
  more.disabled = false;
}

// ---- one task

function text(value) {
  if (Array.isArray(value)) {
    return value.map(text).join(', ');
  }
  if (value !== null && typeof value === 'object') {
    return Object.entries(value).map(([name, part]) => name + ': ' + text(part)).join('\n');
  }
  return String(value);
}

async function showTask(id) {
  const path = 'api/tasks/' + encodeURIComponent(id);
  byId('task-title').textContent = id;
  byId('fields').replaceChildren();
  byId('history').replaceChildren();
  if (!byId('task').open) {
    byId('task').showModal();
  }
  try {
    const task = (await call(path)).data;
    byId('task-title').textContent = task.title;
    for (const [name, value] of Object.entries(task)) {
      byId('fields').append(element('dt', '', name.replaceAll('_', ' ')), element('dd', '', text(value).trim()));
    }
  } catch (e) {
    byId('fields').append(element('dt', 'problem', e.message));
  }
  try {
    const history = (await call(path + '/history')).data;
    byId('history').append(...history.map((change) => entry(change)));
  } catch (e) {
    byId('history').append(element('li', 'problem', e.message));
  }
}

// ---- changes

function entry(change, button) {
  const made = element('li');
  // changes arrive as they are made; a history goes back for long
  const at = new Date(change.time);
  const time = element('span', 'when', button ? clock(at) : at.toLocaleString());
  time.title = change.time;
  made.append(time, element('span', 'pill ' + change.action, change.action), ' ');
  if (button) {
    made.append(button);
  } else {
    made.append(change.cause + (change.actor ? ' by ' + change.actor : ''));
  }
  made.append(element('p', '', change.partial ? 'a large task' : change.changed));
  return made;
}

let arrived = [];

/** Lists what came since the last frame, the newest on top. */
function list() {
  const changes = byId('changes');
  for (const data of arrived) {
    const change = JSON.parse(data);
    changes.prepend(entry(change, idButton(change.id)));
  }
  arrived = [];
  while (changes.childElementCount > MOST_CHANGES) {
    changes.lastElementChild.remove();
  }
  byId('quiet').hidden = true;
}

function connect() {
  const state = byId('connection');
  const source = new EventSource('api/changes');
  const tell = (word, className) => {
    state.textContent = word;
    state.className = 'pill ' + className;
  };
  source.addEventListener('open', () => {
    tell('live', 'live-now');
    countSoon();
  });
  source.addEventListener('error', () => {
    tell('connection lost', 'lost');
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(connect, LEAST_PAUSE); // refused, which the browser takes for final
    }
  });
  source.addEventListener('change', (event) => {
    if (arrived.length === 0) {
      requestAnimationFrame(list);
    }
    arrived.push(event.data);
    if (arrived.length > MOST_CHANGES) {
      arrived.shift();
    }
    countSoon();
  });
  source.addEventListener('gone', () => {
    source.close(); // what was missed is in the counts and in the table, which are read anew
    byId('changes').replaceChildren();
    connect();
    find();
  });
}

byId('search').addEventListener('submit', (event) => {
  event.preventDefault();
  find();
});
byId('more').addEventListener('click', page);
makeTiles();
count();
find();
connect();
