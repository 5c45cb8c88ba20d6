export { SessionPage as Component } from "./SessionPage";
