"""Icons: every one is there, drawn lightly."""

from loyalty.console import icons


def test_a_drawing_holds_nothing_the_style_sheet_says() -> None:
    for file in sorted(icons.FOLDER.glob("*.svg")):
        drawn = icons.svg(file.stem)

        assert drawn.startswith('<svg viewBox="0 0 24 24"><'), file.stem
        assert "currentColor" not in drawn and 'fill="none"' not in drawn and "\n" not in drawn, file.stem
