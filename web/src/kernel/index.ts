/** The kernel: Chainrule's networks in a browser, held to the Python package by golden vectors. */
export * from "./attribution";
export * from "./encoder";
export * from "./formats";
export * from "./functions";
export * from "./initializers";
export * from "./layers";
export * from "./linear";
export * from "./losses";
export * from "./matrix";
export * from "./members";
export * from "./model";
export * from "./network";
export * from "./objective";
export * from "./optimizers";
export * from "./random";
export * from "./schedules";
export * from "./training";
