export { SharedSessionPage as Component } from "./SharedSessionPage";
