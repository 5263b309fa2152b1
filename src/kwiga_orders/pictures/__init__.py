"""Pictures of orders and funnels as SVG, for pages, letters, notebooks and support (standard library only).

    from kwiga_orders.pictures import conversion, timeline

    picture = timeline(card, texts=Texts("uk", timezone="Europe/Kyiv"), now=now)
    picture.svg          # the document; `_repr_svg_` shows it in a notebook

The same facts give the same picture, byte for byte. A picture has a title and a description for screen readers, follows
the reader's colour scheme, and never draws one text over another.
"""

from kwiga_orders.pictures.conversion import conversion
from kwiga_orders.pictures.svg import Picture
from kwiga_orders.pictures.timeline import timeline

__all__ = ["Picture", "conversion", "timeline"]
