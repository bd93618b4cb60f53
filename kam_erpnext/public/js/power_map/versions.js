/** Buttons of the form: keep a version, list of versions with comparison. */
export function version_buttons({ frm, model, state }) {}
/** Dialog with the versions of the map. */
export function show_versions({ frm, model, state }) {}
/** Asks for a note and keeps the map as it is as a version. */
export function keep_version({ frm, model, state }) {}
/** Dialog with what changed from `version` to `other`. */
export async function show_comparison(version, other, context) {}
