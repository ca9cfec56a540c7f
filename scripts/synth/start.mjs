/**
 * Loads and starts a command. If something that it needs is missing, no part of the project could report it otherwise.
 * @param {() => Promise<void>} load
 */
export async function started(load) {
  try {
    await load();
  } catch (error) {
    const missing = ["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"].includes(error.code);
    console.error(`error: starting failed: ${error.message}`);
    console.error(
      missing || error.code === "ENOENT"
        ? "A package or a file of the project is missing. Run npm ci in its directory, then run this again."
        : "This is a fault of this project and not of your variable file. Please report it with the text above.",
    );
    if (process.env.DIFY_TRACE) console.error(error);
    process.exitCode = 2;
  }
}
