/** What can be done about the personal data of one person, for the side panel: `[{label, action, danger}]`. */
export function actions(person, { frm, model, state }) {
	return [];
}
/** Buttons of the form: who read this map. */
export function privacy_buttons({ frm, model, state }) {}
