function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the browser tests need a running stack to talk to.`);
  return value;
}

/** Where the running stack is, and who logs in. `model`: a simulated model answers instead of the playbook. */
export const environment = {
  get baseUrl() {
    return required("E2E_BASE_URL").replace(/\/$/, "");
  },
  get simulatorUrl() {
    return required("E2E_SIMULATOR_URL").replace(/\/$/, "");
  },
  /** Where the simulated model is told what to answer. */
  get modelUrl() {
    return required("E2E_MODEL_URL").replace(/\/$/, "");
  },
  get email() {
    return process.env.E2E_EMAIL ?? "engineer@demo.example";
  },
  get password() {
    return required("E2E_PASSWORD");
  },
  get model() {
    return process.env.E2E_PILOT === "model";
  },
};
