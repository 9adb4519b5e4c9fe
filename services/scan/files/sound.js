// What is heard and felt at a scan: one short high beep for a new animal, two for one that was
// read before, a long low one where nothing could be read.

const BEEPS = {
  new: { hertz: 1320, seconds: [0.09], vibrate: [40] },
  repeat: { hertz: 880, seconds: [0.07, 0.07], vibrate: [40, 60, 40] },
  fault: { hertz: 220, seconds: [0.45], vibrate: [300] },
};
const GAP = 0.08;
const LOUD = 0.35;

let audio = null;

/** Beep and vibrate; a browser that cannot stays still. */
export function signal(judged, loud) {
  const { hertz, seconds, vibrate } = BEEPS[judged];
  navigator.vibrate?.(vibrate);
  if (!loud || !("AudioContext" in window)) return;
  audio ??= new AudioContext();
  audio.resume();
  let at = audio.currentTime;
  for (const long of seconds) {
    beep(hertz, at, long);
    at += long + GAP;
  }
}

function beep(hertz, at, long) {
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = hertz;
  volume.gain.value = LOUD;
  tone.connect(volume).connect(audio.destination);
  tone.start(at);
  tone.stop(at + long);
}
