//! The recipes of `docs/how-to`, by the very files of `examples`: real backends, real clients, and a
//! count of what was lost.

mod blue_green;
mod deploy;
mod frontend_stubs;
mod load;
mod local_development;
mod migration;
mod pipeline;
mod recipe;
mod recording;
mod slow_start;
mod smoke_test;
mod test_suites;
mod webhooks;
