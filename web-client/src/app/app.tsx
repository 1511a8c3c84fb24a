import { CasePage } from "../pages/case";
import { HearingPage } from "../pages/hearing";
import { HomePage } from "../pages/home";
import { JoinPage } from "../pages/join";
import { RecordingPage } from "../pages/recording";
import { RecordingsPage } from "../pages/recordings";
import { ReleasePage } from "../pages/release";
import { UnknownPage } from "../pages/unknown";
import { type App, AppProvider } from "./context";
import { route } from "./route";

function Page() {
  const to = route.value;
  switch (to.page) {
    case "home":
      return <HomePage />;
    case "join":
      return <JoinPage />;
    case "hearing":
      return <HearingPage />;
    case "case":
      return <CasePage id={to.id} />;
    case "recording":
      return <RecordingPage id={to.id} />;
    case "recordings":
      return <RecordingsPage />;
    case "release":
      return <ReleasePage />;
    case "unknown":
      return <UnknownPage />;
  }
}

export function Root({ app }: { app: App }) {
  return (
    <AppProvider value={app}>
      <Page />
    </AppProvider>
  );
}
