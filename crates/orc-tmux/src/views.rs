//! Opening, restarting and closing views.

use std::path::PathBuf;

use crate::line::Line;
use crate::teams::gone_is_done;
use crate::{PaneId, Server, SessionId, TmuxError, WindowId, argument};

mod open;

/// The pane option that marks the view of an agent.
pub(crate) const AGENT_MARK: &str = "@orc_agent";

/// A view that is wanted: a window of its own in its team's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenView {
    /// The team; its session is made if there is none, named like the team (with a suffix if that is taken).
    pub team: String,
    /// The mark by which the view is known again.
    pub agent: String,
    /// What people see in the status line.
    pub window_name: String,
    /// The program and its arguments, executed without a shell.
    pub argv: Vec<String>,
    /// Where it runs; an absolute path.
    pub cwd: PathBuf,
    /// The window index that is wished for; another is taken when it is in use. The first window of a new
    /// session is at 0.
    pub index: Option<u32>,
}

impl OpenView {
    fn check(&self) -> Result<(), TmuxError> {
        argument::name("the team of a view", &self.team)?;
        argument::name("the agent of a view", &self.agent)?;
        argument::name("the window name of a view", &self.window_name)?;
        argument::argv(&self.argv)?;
        argument::directory(&self.cwd).map(drop)
    }
}

/// A view that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenedView {
    /// Its team's session.
    pub session: SessionId,
    /// Its window.
    pub window: WindowId,
    /// Its pane.
    pub pane: PaneId,
}

impl Server {
    /// Opens one view; see [`Server::open_views`].
    pub async fn open_view(&self, view: OpenView) -> Result<OpenedView, TmuxError> {
        let results = self.open_views(vec![view]).await?;
        results.into_iter().next().expect("one result for each view")
    }

    /// Opens views in windows of their own, in the background, in one go; starts the server when there is none.
    /// One result for each view, in order. The first view of a new team is the first window of its session.
    ///
    /// Does not look whether an agent has a view already: observe first. After an error of the whole call some
    /// views may be open: observe again.
    pub async fn open_views(
        &self,
        views: Vec<OpenView>,
    ) -> Result<Vec<Result<OpenedView, TmuxError>>, TmuxError> {
        open::open_views(self, views).await
    }

    /// Ends whatever runs in a view and runs this program there; window, marks and scrollback stay.
    pub async fn respawn_view(&self, pane: PaneId, argv: &[String]) -> Result<(), TmuxError> {
        argument::argv(argv)?;
        let line = Line::new("respawn-pane").word("-k").word("-t").arg(&pane.to_string()).program(argv);
        self.run(line, Some(pane.server())).await.map(drop)
    }

    /// Closes a view, and its window and session when it is the last. Fine when it is gone already.
    pub async fn close_view(&self, pane: PaneId) -> Result<(), TmuxError> {
        let line = Line::new("kill-pane").word("-t").arg(&pane.to_string());
        gone_is_done(self.run(line, Some(pane.server())).await)
    }

    /// Gives a window another name.
    pub async fn rename_window(&self, window: WindowId, name: &str) -> Result<(), TmuxError> {
        argument::name("the window name", name)?;
        let line = Line::new("rename-window").word("-t").arg(&window.to_string()).word("--").literal(name);
        self.run(line, Some(window.server())).await.map(drop)
    }
}
