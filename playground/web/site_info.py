"""What the site is called, and what a pasted link shows of it."""

from __future__ import annotations

from html import escape

TITLE = "Generative Playground"
TAGLINE = "Five kinds of small network, on two CPU cores. Watch them, then try to beat them."


def preview_tags(
    title: str,
    description: str,
    picture: str = "",
    *,
    address: str = "",
    size: tuple[int, int] | None = None,
) -> str:
    """What a pasted link shows of this page, in place of Gradio's own words.

    Args:
        picture: whole address of a picture of the result, `size` pixels large.
        address: whole address that the preview stands for.
    """
    tags = {
        "description": description,
        "og:type": "website",
        "og:site_name": TITLE,
        "og:title": title,
        "og:description": description,
        "og:url": address,
        "og:image": picture,
        "og:image:width": str(size[0]) if picture and size else "",
        "og:image:height": str(size[1]) if picture and size else "",
        "og:image:alt": title if picture else "",
        "twitter:card": "summary_large_image" if picture else "summary",
        "twitter:title": title,
        "twitter:description": description,
        "twitter:image": picture,
    }
    return "".join(
        f'<meta {"property" if name.startswith("og:") else "name"}="{name}" '
        f'content="{escape(words)}">'
        for name, words in tags.items()
        if words
    )
