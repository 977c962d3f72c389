// Writes with a model and shows what went on in it: how surprising each token was, what else could have stood there,
// and what its hidden units did. All is asked of this server by fetch, and nothing is kept but the key, for this tab.

const MOST_AT_ONCE = 20; // milliseconds of work
const MOST_READ = 5000; // tokens that units are shown for
const MOST_VALUES = 4194304; // that the server tells at once
const MOST_UNITS = 512; // drawn before all are asked for
const LEAST_FOLLOWING = 0.3; // of a correlation that is shown
const LEVELS = 10; // colours of a unit's values, but for one

const $ = id => document.getElementById(id);
const number = new Intl.NumberFormat("en-US").format;
const signed = value => value.toFixed(2).replace("-", "−");

function make(name, properties = {}, ...children) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
}

/** A token as it is called where it stands alone. */
function shown(token) {
    return { " ": "space", "\n": "line end", "\t": "tab" }[token] ?? `“${token.replaceAll("\n", "↵")}”`;
}

function percent(p) {
    return p >= 0.0995 ? `${(100 * p).toFixed(0)}%` : p >= 0.001 ? `${(100 * p).toFixed(1)}%` : "< 0.1%";
}

// The server

const KEY = "recurrent-key";
let models = [];

async function ask(path, body, signal) {
    const headers = body ? { "Content-Type": "application/json" } : {};
    const key = sessionStorage.getItem(KEY);
    if (key) {
        headers.Authorization = `Bearer ${key}`;
    }
    const response = await fetch(path, { method: body ? "POST" : "GET", headers, body, signal });
    if (response.ok) {
        return response;
    }
    const answer = await response.json().catch(() => null);
    if (response.status === 401) {
        $("key-form").hidden = false;
        $("key").focus();
    }
    throw new Error(answer?.error?.message ?? `The server answered with ${response.status}.`);
}

/** The data of an answer's events. */
async function* events(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
        const { value, done } = await reader.read();
        if (done) {
            return;
        }
        const parts = (rest + value).split("\n\n");
        rest = parts.pop();
        yield* parts.filter(part => part.startsWith("data: ")).map(part => part.slice(6));
    }
}

function tell(message) {
    $("alert").textContent = message;
    $("alert").hidden = !message;
}

const model = () => models.find(one => one.id === $("model").value);

async function loadModels() {
    try {
        models = (await (await ask("v1/models")).json()).data;
        $("model").replaceChildren(...models.map(one => make("option", { value: one.id, textContent: one.id })));
        showModel();
        tell("");
    } catch (error) {
        tell(error.message);
    }
}

function showModel() {
    const { kind, hidden, layers, vocabulary, tokens, parameters } = model().meta;
    const units = layers > 1 ? `${layers} layers of ${number(hidden)} units` : `${number(hidden)} hidden units`;
    $("facts").textContent = `${kind}, ${units}, ${number(vocabulary)} ${tokens}, ${number(parameters)} weights`;
}

// What was written

const runs = [];
let current = null; // the run that is shown
let active = null; // the text of it that was last pointed at, of which the units are shown
const view = () => document.querySelector("input[name=view]:checked").value;

/** A text with its tokens; those of one place, such as the bytes of a character, are a group with one span. */
class Written {
    points = []; // code points
    groups = []; // {offset, token, logProbability, top, count, span}
    given = 0; // code points of the prompt
    states = null;
    element = make("blockquote", { className: "text is-writing", dir: "auto" });
    #drawn = 0;
    #line = null; // the block that the next span goes to; null for a new one
    #isDue = false;

    constructor(run, index) {
        Object.assign(this, { run, index, given: [...run.prompt].length });
        this.element.setAttribute("aria-label", `Text ${index + 1}`);
    }

    add({ text, logprobs, finish_reason: end }) {
        const before = this.points.length;
        this.points.push(...text);
        logprobs.tokens.forEach((token, i) => {
            const [offset, logProbability] = [logprobs.text_offset[i], logprobs.token_logprobs[i]];
            const last = this.groups.at(-1);
            if (last?.offset === offset) {
                last.logProbability += logProbability;
                last.count++;
                return;
            }
            const top = Object.entries(logprobs.top_logprobs[i] ?? {}).sort((one, other) => other[1] - one[1]);
            this.groups.push({ offset, token, logProbability, top: top.slice(0, 5), count: 1 });
        });
        this.end = end ?? this.end;
        if (!this.#isDue) {
            this.#isDue = true;
            requestAnimationFrame(() => this.draw());
        }
        speak(this, this.points.slice(Math.max(before, this.given)).join(""));
    }

    /** The text of a group, with the space in front of a word. */
    textOf(place) {
        return this.points.slice(this.groups[place].offset, this.groups[place + 1]?.offset).join("");
    }

    draw() {
        this.#isDue = false;
        // The last one that was drawn may have become longer.
        for (let i = Math.max(this.#drawn - 1, 0); i < this.groups.length; i++) {
            const group = this.groups[i];
            const text = this.textOf(i);
            if (!group.span) {
                // A block for each line: the browser lays out no other again.
                this.#line ??= this.element.appendChild(make("div"));
                group.span = this.#line.appendChild(make("span", { tabIndex: i === 0 ? 0 : -1 }));
            }
            group.span.place = i;
            group.span.textContent = text;
            group.span.classList.toggle("given", group.offset < this.given);
            group.span.classList.toggle("end", text === "\n");
            this.#line = text === "\n" ? null : this.#line;
            paint(this, i);
        }
        this.#drawn = this.groups.length;
        if (this.run.wantsFocus && this.groups.at(-1)?.offset >= this.given) {
            this.run.wantsFocus = false;
            this.groups.find(group => group.offset >= this.given).span.focus({ preventScroll: true });
        }
        this.element.classList.toggle("is-writing", !this.run.isOver);
        if (this === active) {
            showCount();
        }
    }

    /** Goes back to what is unpainted, for another view. */
    paintAll() {
        this.groups.forEach((group, i) => group.span && paint(this, i));
    }
}

/** How surprising a token was, as one of seven colours: by its bits. */
function surprise({ logProbability }) {
    const bits = -(logProbability ?? 0) / Math.LN2;
    return [1, 2, 3, 4.5, 6, 8].filter(bound => bits >= bound).length;
}

function paint(text, place) {
    const { span } = text.groups[place];
    const colour = view() === "surprise" ? `s${surprise(text.groups[place])}` : unitColour(text, place);
    if (span.colour !== colour) {
        span.classList.remove(span.colour);
        span.classList.add(colour);
        span.colour = colour;
    }
}

let said = { text: null, rest: "" };

/** Tells those who listen what is written, in pieces that end where a line or a sentence does. */
function speak(text, more) {
    if (text.index > 0) {
        return; // one voice is enough
    }
    if (said.text !== text) {
        said = { text, rest: "" };
        $("spoken").replaceChildren();
    }
    said.rest += more;
    const end = Math.max(...[".", "!", "?", "\n"].map(mark => said.rest.lastIndexOf(mark))) + 1;
    const length = text.end ? said.rest.length : end > 0 ? end : said.rest.length > 200 ? 200 : 0;
    if (length > 0) {
        $("spoken").append(make("p", { textContent: said.rest.slice(0, length) }));
        said.rest = said.rest.slice(length);
    }
}

/** What a stop field says: \n and \t are typed as they are written. */
function unescaped(text) {
    return text.replace(/\\([nt\\])/g, (_, letter) => ({ n: "\n", t: "\t" })[letter] ?? "\\");
}

function settings(isFork) {
    const drawn = String(crypto.getRandomValues(new Uint32Array(1))[0] % 1000000);
    return {
        model: $("model").value,
        temperature: Number($("temperature").value),
        length: Number($("length").value),
        samples: Number($("samples").value),
        seed: BigInt((!isFork && $("seed").value.trim()) || drawn), // of 64 bits, which a number here has not
        stop: unescaped($("stop").value),
    };
}

function bodyOf(prompt, { model, temperature, length, samples, seed, stop }) {
    const body = JSON.stringify({
        model,
        prompt,
        temperature,
        max_tokens: length,
        n: samples,
        stop: stop || null,
        echo: true,
        logprobs: 5,
        stream: true,
    });
    return `${body.slice(0, -1)},"seed":${seed}}`;
}

async function write(prompt, isFork = false) {
    halt();
    const run = { prompt, settings: settings(isFork), isOver: false, halting: new AbortController() };
    run.wantsFocus = $("texts").contains(document.activeElement); // a fork by the keyboard goes on by it
    if (matchMedia("(max-width: 860px)").matches) {
        document.querySelector(".toolbar").scrollIntoView(); // the text comes below the form
    }
    run.texts = Array.from({ length: run.settings.samples }, (_, i) => new Written(run, i));
    const before = current;
    runs.push(run);
    show(run);
    tell("");
    $("status").textContent = "Writing.";
    try {
        const response = await ask("v1/completions", bodyOf(prompt, run.settings), run.halting.signal);
        let [isWhole, breath] = [false, performance.now()];
        for await (const data of events(response.body)) {
            isWhole = data === "[DONE]";
            const event = isWhole ? { choices: [] } : JSON.parse(data);
            if (event.error) {
                throw new Error(event.error.message);
            }
            event.choices.forEach(choice => run.texts[choice.index].add(choice));
            if (performance.now() - breath > MOST_AT_ONCE) {
                await new Promise(resolve => setTimeout(resolve)); // a fast model leaves time for those who stop it
                breath = performance.now();
            }
        }
        if (!isWhole) {
            throw new Error("The connection was lost before the text was whole.");
        }
    } catch (error) {
        run.isHalted = true;
        if (error.name !== "AbortError") {
            tell(error.message);
        }
    }
    run.isOver = true;
    run.texts.forEach(text => text.draw());
    if (run.isHalted && run.texts.every(text => text.points.length === 0)) {
        runs.splice(runs.indexOf(run), 1);
        if (current === run) {
            show(before);
        }
    } else if (current === run) {
        showEnd(run);
        showUnits();
    }
    showControls();
}

function halt() {
    current?.halting.abort();
}

function showEnd(run) {
    const written = run.texts.flatMap(text => text.groups.filter(group => group.offset >= text.given));
    const nats = written.reduce((sum, group) => sum - group.logProbability, 0);
    const count = written.reduce((sum, group) => sum + group.count, 0);
    const bits = count > 0 ? `, ${(nats / Math.LN2 / count).toFixed(2)} bits each on average` : "";
    const unit = models.find(one => one.id === run.settings.model)?.meta.tokens ?? "tokens";
    const verb = run.isHalted ? "Stopped after" : "Wrote";
    $("status").textContent = `${verb} ${number(count)} ${unit}${bits}; seed ${run.settings.seed}.`;
    $("count").textContent = "";
}

function showCount() {
    const written = active.points.length - active.given;
    $("count").textContent = active.run.isOver ? "" : `${number(Math.max(written, 0))} characters`;
}

/** Shows a run, or that there is none. */
function show(run) {
    hideLikely();
    current = run;
    active = run?.texts[0] ?? null;
    if (run) {
        $("texts").replaceChildren(...run.texts.map(text => text.element));
        run.texts.forEach(text => text.paintAll());
        if (run.isOver) {
            showEnd(run);
        }
    }
    $("sample").replaceChildren(
        ...(run?.texts ?? []).map((_, i) => make("option", { value: i, textContent: i + 1 }))
    );
    showControls();
    showUnits();
}

function showControls() {
    const place = runs.indexOf(current);
    const isWriting = current !== null && !current.isOver;
    $("place").textContent = current ? `text ${place + 1} of ${runs.length}` : "no text";
    $("earlier").disabled = place <= 0;
    $("later").disabled = place >= runs.length - 1;
    $("halt").disabled = !isWriting;
    $("go-on").disabled = $("copy").disabled = !current || isWriting;
}

function turn(by) {
    show(runs[runs.indexOf(current) + by]);
    $("prompt").value = current.prompt;
}

// What else could have stood there

let likelyOf = null; // {text, place}

function showLikely(text, place) {
    const group = text.groups[place];
    if (!group) {
        return;
    }
    likelyOf = { text, place };
    clearTimeout(leaving);
    const what = shown(text.textOf(place));
    if (view() === "surprise") {
        const isFirst = group.logProbability === null;
        const p = Math.exp(group.logProbability);
        const bits = (-group.logProbability / Math.LN2).toFixed(1).replace("-", "");
        $("likely").replaceChildren(
            make("p", {}, make("b", { textContent: what }), isFirst ? " is the first" : ` ${percent(p)}, ${bits} bits`),
            make("ol", {}, ...group.top.map(([token, value], i) => likelyRow(text, place, token, Math.exp(value), i))),
            make("p", { className: "keys", textContent: "Click or Enter forks here; 1 to 5 take another." })
        );
    } else {
        const value = text.states && unitValue(text, place);
        const told = value === null || value === undefined ? "no value" : signed(value);
        $("likely").replaceChildren(
            make("p", {}, make("b", { textContent: what }), ` unit ${unit}: ${told}`),
            make("p", { className: "keys", textContent: "Click or Enter forks here." })
        );
    }
    $("likely").hidden = false;
    placeLikely();
}

/** Puts it below its token, or above where there is no room; it goes when that is scrolled away. */
function placeLikely() {
    if (!likelyOf) {
        return;
    }
    const { span } = likelyOf.text.groups[likelyOf.place];
    const at = span.getClientRects()[0] ?? span.getBoundingClientRect();
    if (!span.isConnected || at.bottom < 0 || at.top > innerHeight) {
        hideLikely();
        return;
    }
    const { offsetWidth: width, offsetHeight: height } = $("likely");
    const below = at.bottom + 4;
    const isAbove = below + height > innerHeight && at.top > height + 4;
    $("likely").style.left = `${Math.max(8, Math.min(at.left - 12, innerWidth - width - 8))}px`;
    $("likely").style.top = `${isAbove ? at.top - height - 4 : below}px`;
}

function likelyRow(text, place, token, p, i) {
    const bar = make("i");
    bar.style.width = `${100 * p}%`;
    const button = make(
        "button",
        { type: "button", tabIndex: -1, onclick: () => fork(text, place, i) },
        make("span", { className: "quiet", textContent: i + 1 }),
        make("code", { textContent: { " ": "␣", "\n": "↵", "\t": "⇥" }[token] ?? token }),
        make("span", { className: "bar" }, bar),
        make("span", { className: "share", textContent: percent(p) })
    );
    button.disabled = token.startsWith("bytes:");
    const row = make("li", {}, button);
    row.classList.toggle("written", token === text.groups[place].token);
    return row;
}

function hideLikely() {
    $("likely").hidden = true;
    likelyOf = null;
}

let leaving = 0;
const leave = () => {
    clearTimeout(leaving);
    leaving = setTimeout(hideLikely, 200);
};

/** Writes on from a place in another way; with one of the likeliest in place of what stands there. */
function fork(text, place, choice = null) {
    const { offset, top } = text.groups[place];
    let prompt = text.points.slice(0, offset).join("");
    if (choice !== null) {
        const token = top[choice]?.[0];
        if (token === undefined || token.startsWith("bytes:")) {
            return;
        }
        const space = text.textOf(place).startsWith(" ") && text.groups[place].token[0] !== " " ? " " : "";
        prompt += space + token;
    }
    writeFrom(text.run, prompt);
}

/** A prompt that is being typed stays as it is; one that has been written with makes way for the new one. */
function writeFrom(run, prompt) {
    if ($("prompt").value === run.prompt) {
        $("prompt").value = prompt;
    }
    write(prompt, true);
}

/** A token for those who listen. */
function nameOf(text, place) {
    const { logProbability, top } = text.groups[place];
    const p = logProbability === null ? "" : `, ${percent(Math.exp(logProbability))}`;
    const others = top.map(([token, value]) => `${shown(token)} ${percent(Math.exp(value))}`).join(", ");
    return view() === "surprise"
        ? `${shown(text.textOf(place))}${p}. Likeliest: ${others}. Enter forks here.`
        : $("likely").textContent;
}

const textOf = element => current?.texts.find(text => text.element.contains(element));

function onKey(event) {
    const text = textOf(event.target);
    const place = event.target.place;
    if (!text || place === undefined || event.ctrlKey || event.metaKey || event.altKey) {
        return;
    }
    const last = text.groups.length - 1;
    column = event.key === "ArrowUp" || event.key === "ArrowDown" ? column : null;
    const moves = {
        ArrowLeft: () => Math.max(place - 1, 0),
        ArrowRight: () => Math.min(place + 1, last),
        ArrowUp: () => inLine(text, place, -1),
        ArrowDown: () => inLine(text, place, 1),
        Home: () => 0,
        End: () => last,
    };
    if (event.key in moves) {
        text.groups[moves[event.key]()].span?.focus();
    } else if (event.key === "Enter" || event.key === " ") {
        fork(text, place);
    } else if (/^[1-5]$/.test(event.key) && view() === "surprise") {
        fork(text, place, Number(event.key) - 1);
    } else if (event.key === "Escape") {
        hideLikely();
    } else {
        return;
    }
    event.preventDefault();
}

let column = null; // in pixels, that moves up and down keep to, over shorter lines too

/** The place above or below in the lines as they are shown. */
function inLine(text, place, step) {
    const { left, top } = text.groups[place].span.getBoundingClientRect();
    column ??= left;
    let [best, distance, line] = [place, Infinity, null];
    for (let i = place + step; text.groups[i]?.span; i += step) {
        const at = text.groups[i].span.getBoundingClientRect();
        if (Math.abs(at.top - top) < 4) {
            continue;
        }
        line ??= at.top;
        if (Math.abs(at.top - line) >= 4) {
            break;
        }
        if (Math.abs(at.left - column) < distance) {
            [best, distance] = [i, Math.abs(at.left - column)];
        }
    }
    return best;
}

function listenToText() {
    const texts = $("texts");
    const placeOf = event => (event.target.place === undefined ? null : event.target.place);
    texts.addEventListener("pointerover", event => {
        if (placeOf(event) !== null && event.pointerType !== "touch") {
            showLikely(textOf(event.target), placeOf(event));
        }
    });
    texts.addEventListener("pointerout", leave);
    $("likely").addEventListener("pointerover", () => clearTimeout(leaving));
    $("likely").addEventListener("pointerleave", leave);
    let isTouch = false;
    texts.addEventListener("pointerdown", event => (isTouch = event.pointerType === "touch"));
    texts.addEventListener("click", event => {
        const [text, place] = [textOf(event.target), placeOf(event)];
        if (place === null || String(getSelection())) {
            return; // somebody selects, to copy
        }
        // A finger does not hover: it looks first, and forks where it taps again.
        if (isTouch && !(likelyOf?.text === text && likelyOf.place === place)) {
            showLikely(text, place);
        } else {
            fork(text, place);
        }
    });
    texts.addEventListener("focusin", event => {
        const [text, place] = [textOf(event.target), placeOf(event)];
        if (place === null || isTouch) {
            return;
        }
        activate(text);
        text.element.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
        event.target.tabIndex = 0;
        showLikely(text, place);
        event.target.setAttribute("role", "button");
        event.target.setAttribute("aria-label", nameOf(text, place));
    });
    texts.addEventListener("focusout", event => {
        event.target.removeAttribute("role");
        event.target.removeAttribute("aria-label");
        leave();
    });
    texts.addEventListener("keydown", onKey);
    texts.addEventListener("copy", event => {
        // The lines are blocks, and end in a line end all the same: a browser would copy two.
        event.clipboardData.setData("text/plain", getSelection().getRangeAt(0).toString());
        event.preventDefault();
    });
    addEventListener("scroll", placeLikely, { passive: true, capture: true });
    addEventListener("keydown", event => event.key === "Escape" && hideLikely());
}

// Hidden units

let unit = null; // that is shown; null before the first

function activate(text) {
    if (text !== active) {
        active = text;
        $("sample").value = text.index;
    }
}

/** The hidden states of a text: of the end of it where it is long. */
async function load(text, layer) {
    const { meta } = models.find(one => one.id === text.run.settings.model);
    const most = Math.min(MOST_READ, Math.floor(MOST_VALUES / meta.hidden));
    const cut = Math.max(0, text.points.length - most);
    const prompt = text.points.slice(cut).join("");
    const request = { model: text.run.settings.model, prompt, layer, encoding_format: "base64" };
    const answer = await (await ask("v1/states", JSON.stringify(request))).json();
    const bytes = Uint8Array.from(atob(answer.values), letter => letter.charCodeAt(0));
    const values = new Float32Array(bytes.buffer); // (tokens, units)
    const units = answer.hidden;
    const places = new Map(answer.text_offset.map((offset, i) => [offset + cut, i])); // the last of a group
    const offsets = answer.text_offset.map(offset => offset + cut);
    let largest = 1;
    for (const value of values) {
        largest = Math.max(largest, Math.abs(value));
    }
    const length = offsets.length;
    return { layer, layers: answer.layers, units, values, length, largest, places, offsets, from: text.points.length };
}

const unitValue = (text, place) => {
    const token = text.states?.places.get(text.groups[place].offset);
    return token === undefined ? null : text.states.values[token * text.states.units + unit];
};

function unitColour(text, place) {
    const value = unitValue(text, place);
    return value === null ? "n5" : `n${levelOf(value, text.states.largest)}`;
}

const levelOf = (value, largest) => Math.round(((value / largest + 1) / 2) * LEVELS);

let loading = 0;

/** Shows the view that is chosen, of the text that is active. */
async function showUnits() {
    const kind = view();
    document.body.classList.toggle("units", kind !== "surprise");
    showLegend();
    const text = active;
    const isThere = kind !== "surprise" && text?.run.isOver;
    $("sample-label").hidden = kind === "surprise" || !(current?.texts.length > 1);
    current?.texts.forEach(one => (one.element.hidden = kind !== "surprise" && one !== active));
    if (isThere && text.states?.from !== text.points.length) {
        const mine = ++loading;
        try {
            const layer = text.states?.layer ?? model().meta.layers - 1;
            const states = await load(text, layer);
            if (mine !== loading) {
                return;
            }
            take(text, states);
        } catch (error) {
            tell(error.message);
        }
    }
    const has = Boolean(isThere && text.states);
    showLegend();
    $("units").hidden = kind !== "units" || !has;
    $("heat").hidden = kind !== "heat" || !has;
    $("layer-label").hidden = !has || text.states.layers === 1;
    if (has) {
        $("layer").replaceChildren(
            ...Array.from({ length: text.states.layers }, (_, i) => make("option", { value: i, textContent: i + 1 }))
        );
        $("layer").value = text.states.layer;
        unit = Math.min(unit, text.states.units - 1);
        if (kind === "units") {
            showFollowing(text);
            showGrid(text, MOST_UNITS);
            choose(unit);
        } else {
            showMap();
        }
    }
    current?.texts.forEach(one => one.paintAll());
}

function take(text, states) {
    text.states = states;
    states.following = following(text);
    states.slow = slowFirst(states);
    map.at = null;
    unit ??= states.following[0]?.units[0].unit ?? 0;
}

async function chooseLayer(layer) {
    try {
        take(active, await load(active, layer));
        showUnits();
    } catch (error) {
        tell(error.message);
    }
}

function showLegend() {
    const isSurprise = view() === "surprise";
    const count = isSurprise ? 7 : LEVELS + 1;
    $("legend").replaceChildren(
        ...Array.from({ length: count }, (_, i) => make("i", { className: `${isSurprise ? "s" : "n"}${i}` }))
    );
    const largest = active?.states?.largest ?? 1;
    const ends = [signed(-largest), `+${signed(largest)}`];
    const [low, high] = isSurprise ? ["probability over 50%", "under 0.4%"] : ends;
    $("legend-low").textContent = low;
    $("legend-high").textContent = high;
    $("legend").ariaLabel = isSurprise
        ? "No colour for a probability of 50% and more, then darker to 0.4% and less"
        : "Colours from the lowest to the highest value, with none at 0";
}

function choose(which) {
    unit = which;
    const { states } = active;
    const found = states.following.find(one => one.units[0].unit === unit);
    $("unit-title").textContent = found
        ? `Unit ${unit} follows the ${found.name} (r = ${signed(found.units[0].r)})`
        : `Unit ${unit}`;
    document.querySelectorAll("[data-unit]").forEach(button =>
        button.setAttribute("aria-pressed", String(Number(button.dataset.unit) === unit))
    );
    active.paintAll();
    const path = (className, d) => {
        const element = document.createElementNS("http://www.w3.org/2000/svg", "path");
        element.setAttribute("class", className);
        element.setAttribute("d", d);
        return element;
    };
    const { length, units, values, largest } = states;
    let d = "";
    for (let i = 0; i < length; i++) {
        const x = length > 1 ? (1000 * i) / (length - 1) : 500;
        d += `${i ? "L" : "M"}${x.toFixed(1)} ${(50 - (48 * values[i * units + unit]) / largest).toFixed(1)}`;
    }
    $("curve").replaceChildren(path("zero", "M0 50H1000"), path("", d));
    $("curve").setAttribute("aria-label", `The value of unit ${unit} over the text, from ${-largest} to ${largest}`);
}

function unitButton(which, ...content) {
    const button = make("button", { type: "button", onclick: () => choose(which) }, ...content);
    button.dataset.unit = which;
    return button;
}

function showGrid(text, most) {
    const { length, units, values, largest } = text.states;
    const colours = palette();
    const width = Math.min(length, 80);
    const buttons = Array.from({ length: Math.min(units, most) }, (_, which) => {
        const canvas = make("canvas", { width, height: 1 });
        const context = canvas.getContext("2d");
        const image = context.createImageData(width, 1);
        for (let x = 0; x < width; x++) {
            const token = Math.floor(((x + 0.5) * length) / width);
            image.data.set(colours(values[token * units + which] / largest), 4 * x);
        }
        context.putImageData(image, 0, 0);
        const button = unitButton(which, canvas, String(which));
        button.ariaLabel = `Unit ${which}`;
        return button;
    });
    $("grid").replaceChildren(...buttons);
    $("more").hidden = units <= most;
    $("more").textContent = `Show all ${number(units)}`;
}

/** From −1 … 1 to the colours of the page, as bytes. */
function palette() {
    const style = getComputedStyle(document.documentElement);
    const stops = Array.from({ length: LEVELS + 1 }, (_, i) => {
        const hex = style.getPropertyValue(`--n${i}`).trim();
        return [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
    });
    const table = Array.from({ length: 256 }, (_, i) => {
        const at = (i / 255) * LEVELS;
        const from = Math.min(Math.floor(at), LEVELS - 1);
        return [...stops[from].map((low, c) => low + (at - from) * (stops[from + 1][c] - low)), 255];
    });
    return value => table[Math.max(0, Math.min(255, Math.round(((value + 1) / 2) * 255)))];
}

// Units that follow something in the text

/** What can be read off a text at each of its code points, by name. */
function features(points) {
    const [lineStart, letter] = [{ at: -1 }, /\p{L}/u];
    const found = new Map();
    const set = (name, i, value) => {
        if (!found.has(name)) {
            found.set(name, new Float64Array(points.length));
        }
        found.get(name)[i] = value;
    };
    let [word, sentence, brackets, isQuoted] = [0, 0, 0, false];
    points.forEach((point, i) => {
        const next = points[i + 1] ?? " ";
        lineStart.at = point === "\n" ? i : lineStart.at;
        word = letter.test(point) ? word + 1 : 0;
        sentence = /[.!?]/.test(point) ? 0 : sentence + 1;
        brackets = Math.max(0, brackets + ("([{".includes(point) ? 1 : ")]}".includes(point) ? -1 : 0));
        isQuoted =
            point === '"' ? !isQuoted
            : "“‘«".includes(point) ? true
            : "”»".includes(point) || (point === "’" && !letter.test(next)) ? false
            : isQuoted && !(point === "\n" && next === "\n");
        set("position in the line", i, i - lineStart.at);
        set("position in the word", i, word);
        set("position in the sentence", i, sentence);
        set("inside of quotes", i, Number(isQuoted));
        set("inside of brackets", i, brackets);
        set("blanks and line ends", i, Number(/\s/.test(point)));
        set("vowels", i, Number(/[aeiouyäöüáéíóúàèìòùâêîôû]/i.test(point)));
        set("capital letters", i, Number(/\p{Lu}/u.test(point)));
        set("digits", i, Number(/\p{N}/u.test(point)));
        set("punctuation", i, Number(/\p{P}/u.test(point)));
    });
    return found;
}

/** For each of these the units whose values correlate most with it, the strongest first. */
function following({ points, states }) {
    const { length, units, values, offsets } = states;
    const [sums, squares] = [new Float64Array(units), new Float64Array(units)];
    for (let i = 0; i < length * units; i++) {
        sums[i % units] += values[i];
        squares[i % units] += values[i] * values[i];
    }
    const all = [];
    for (const [name, feature] of features(points)) {
        const [products, at] = [new Float64Array(units), offset => feature[Math.max(0, offset)]];
        let [sum, square] = [0, 0];
        for (let i = 0; i < length; i++) {
            const value = at((offsets[i + 1] ?? points.length) - 1); // after the token's last character
            sum += value;
            square += value * value;
            for (let u = 0; value !== 0 && u < units; u++) {
                products[u] += value * values[i * units + u];
            }
        }
        const spread = length * square - sum * sum;
        const found = Array.from(products, (product, u) => {
            const both = spread * (length * squares[u] - sums[u] * sums[u]);
            return { unit: u, r: both > 1e-9 ? (length * product - sum * sums[u]) / Math.sqrt(both) : 0 };
        }).sort((one, other) => Math.abs(other.r) - Math.abs(one.r));
        if (Math.abs(found[0]?.r ?? 0) >= LEAST_FOLLOWING) {
            all.push({ name, units: found.slice(0, 3).filter(one => Math.abs(one.r) >= LEAST_FOLLOWING) });
        }
    }
    return all.sort((one, other) => Math.abs(other.units[0].r) - Math.abs(one.units[0].r));
}

/** The units by how much they change from token to token, of what they change over the text. */
function slowFirst({ length, units, values }) {
    const [sums, squares, steps] = [0, 0, 0].map(() => new Float64Array(units));
    for (let i = 0; i < length * units; i++) {
        const [u, value] = [i % units, values[i]];
        sums[u] += value;
        squares[u] += value * value;
        steps[u] += i < units ? 0 : (value - values[i - units]) ** 2;
    }
    const pace = steps.map((step, u) => step / (squares[u] - (sums[u] * sums[u]) / length + 1e-9));
    return Array.from(pace.keys()).sort((one, other) => pace[one] - pace[other]);
}

function showFollowing({ states }) {
    $("follow").replaceChildren(
        ...states.following.map(({ name, units }) =>
            make(
                "div",
                {},
                make("dt", { textContent: name }),
                make("dd", {}, ...units.map(one => unitButton(one.unit, `${one.unit}: ${signed(one.r)}`)))
            )
        )
    );
    if (states.following.length === 0) {
        $("follow").append(make("p", { className: "hint", textContent: "None does, in this text." }));
    }
}

// Heat map

const map = { cell: 11, row: 3, left: 40, top: 22, at: null };

function mapWindow() {
    const { states } = active;
    const width = $("map").clientWidth - map.left;
    const count = $("whole").checked ? states.length : Math.min(states.length, Math.floor(width / map.cell));
    const from = Math.min(Number($("from").value), states.length - count);
    const order = $("order").value === "slow" ? states.slow : [...states.slow.keys()]; // units from the top
    return { count, from, order, cell: $("whole").checked ? width / count : map.cell };
}

function showMap() {
    const { states } = active;
    map.row = Math.max(2, Math.min(12, Math.round(720 / states.units)));
    const canvas = $("map");
    const scale = devicePixelRatio;
    canvas.style.height = `${map.top + states.units * map.row}px`;
    canvas.width = canvas.clientWidth * scale;
    canvas.height = (map.top + states.units * map.row) * scale;
    const { count, from, cell, order } = mapWindow();
    $("from").max = states.length - count;
    $("from").disabled = count === states.length;
    const image = new ImageData(count, states.units);
    const colours = palette();
    for (let i = 0; i < count; i++) {
        order.forEach((which, row) => {
            const value = states.values[(from + i) * states.units + which];
            image.data.set(colours(value / states.largest), 4 * (row * count + i));
        });
    }
    const cells = make("canvas", { width: count, height: states.units });
    cells.getContext("2d").putImageData(image, 0, 0);
    const context = canvas.getContext("2d");
    const style = getComputedStyle(document.body);
    context.scale(scale, scale);
    context.imageSmoothingEnabled = cell < 1;
    context.drawImage(cells, map.left, map.top, count * cell, states.units * map.row);
    context.fillStyle = style.getPropertyValue("--quiet");
    context.font = `13px ${style.getPropertyValue("--code")}`;
    context.textAlign = "center";
    for (let i = 0; cell === map.cell && i < count; i++) {
        const text = active.points.slice(states.offsets[from + i], states.offsets[from + i + 1]).join("");
        const letter = text === "\n" ? "↵" : text.trim().slice(0, 1);
        context.fillText(letter, map.left + (i + 0.5) * cell, map.top - 7);
    }
    context.textAlign = "right";
    const every = Math.ceil(18 / map.row);
    for (let row = 0; row < states.units; row += every) {
        context.fillText(order[row], map.left - 6, map.top + (row + 0.5) * map.row + 4);
    }
    if (map.at) {
        const [x, y] = [map.left + (map.at.token - from) * cell, map.top + map.at.row * map.row];
        context.strokeStyle = style.getPropertyValue("--text");
        context.strokeRect(x - 0.5, y - 0.5, Math.max(cell, 2) + 1, map.row + 1);
    }
}

function readMap(token, row) {
    const { states } = active;
    const { count, from, order } = mapWindow();
    const isWithin = token >= 0 && token < states.length && row >= 0 && row < states.units;
    if (!isWithin) {
        return;
    }
    const which = order[row];
    map.at = { token, row, unit: which };
    if (token < from || token >= from + count) {
        $("from").value = token < from ? token : token - count + 1;
    }
    const text = active.points.slice(states.offsets[token], states.offsets[token + 1]).join("");
    const value = signed(states.values[token * states.units + which]);
    $("read").textContent = `Unit ${which} at ${shown(text)}, number ${number(token + 1)}: ${value}`;
    showMap();
}

function listenToMap() {
    const canvas = $("map");
    const placeOf = event => {
        const { from, cell } = mapWindow();
        const token = from + Math.floor((event.offsetX - map.left) / cell);
        return [event.offsetX < map.left ? -1 : token, Math.floor((event.offsetY - map.top) / map.row)];
    };
    const open = () => {
        if (map.at) {
            unit = map.at.unit;
            document.querySelector("input[value=units]").checked = true;
            showUnits();
        }
    };
    canvas.addEventListener("pointermove", event => readMap(...placeOf(event)));
    canvas.addEventListener("click", event => {
        readMap(...placeOf(event));
        open();
    });
    canvas.addEventListener("keydown", event => {
        const { token, row } = map.at ?? { token: mapWindow().from, row: 0 };
        const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
        if (move) {
            readMap(token + move[0], row + move[1]);
            event.preventDefault();
        } else if (event.key === "Enter") {
            open();
        }
    });
    $("from").addEventListener("input", showMap);
    $("whole").addEventListener("change", showMap);
    $("order").addEventListener("change", () => {
        map.at = null;
        showMap();
    });
}

// The page

function listen() {
    $("form").addEventListener("submit", event => {
        event.preventDefault();
        write($("prompt").value);
    });
    $("prompt").addEventListener("keydown", event => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            $("form").requestSubmit();
        }
    });
    $("halt").addEventListener("click", halt);
    $("earlier").addEventListener("click", () => turn(-1));
    $("later").addEventListener("click", () => turn(1));
    $("go-on").addEventListener("click", () => writeFrom(current, active.points.join("")));
    $("copy").addEventListener("click", async () => {
        await navigator.clipboard.writeText(active.points.join(""));
        $("status").textContent = "The text is copied.";
    });
    $("model").addEventListener("change", showModel);
    const showTemperature = () => ($("temperature-value").textContent = $("temperature").value);
    $("temperature").addEventListener("input", showTemperature);
    showTemperature();
    $("key-form").addEventListener("submit", event => {
        event.preventDefault();
        sessionStorage.setItem(KEY, $("key").value);
        $("key-form").hidden = true;
        loadModels();
    });
    $("sample").addEventListener("change", () => {
        activate(current.texts[Number($("sample").value)]);
        showUnits();
    });
    $("layer").addEventListener("change", () => chooseLayer(Number($("layer").value)));
    $("more").addEventListener("click", () => showGrid(active, Infinity));
    document.querySelectorAll("input[name=view]").forEach(one =>
        one.addEventListener("change", () => {
            hideLikely();
            showUnits();
        })
    );
    const redraw = () => !($("units").hidden && $("heat").hidden) && showUnits();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    addEventListener("resize", () => !$("heat").hidden && showMap());
    listenToText();
    listenToMap();
}

listen();
showLegend();
loadModels();
