// Shows a training run as the server tells of it: each event is all that can be seen, in parts that have names.

const run = document.getElementById("run");
const state = document.getElementById("state");
const source = new EventSource("events");

/** Puts the parts that are others than before in their places, so that a selection elsewhere stays. */
source.onmessage = event => {
    const fresh = document.createElement("template");
    fresh.innerHTML = event.data;
    for (const part of [...fresh.content.children]) {
        const old = document.getElementById(part.id);
        if (!old) {
            run.append(part);
        } else if (!old.isEqualNode(part)) {
            old.replaceWith(part);
        }
    }
    run.querySelector(":scope > h1:not([id])")?.remove();
    document.title = run.querySelector("h1").textContent;
    say("Under way: the curves move as it trains.");
};

source.addEventListener("end", () => {
    source.close();
    say("The training run has ended.");
});

source.onerror = () => say("The training run cannot be reached.");

function say(words) {
    if (state.textContent !== words) {
        state.textContent = words;
    }
}
