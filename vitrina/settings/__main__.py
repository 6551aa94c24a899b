"""Write `.env.example` and `docs/configuration.md` from the settings' own descriptions."""

from __future__ import annotations

from vitrina.settings import HOME
from vitrina.settings.reference import configuration_page, env_example

if __name__ == "__main__":
    (HOME / ".env.example").write_text(env_example())
    (HOME / "docs" / "configuration.md").write_text(configuration_page())
