/** Dialog with the contacts of the account that are not on the map; adds the ticked ones through the model. */
export async function propose_people({ frm, model, state }) {}
