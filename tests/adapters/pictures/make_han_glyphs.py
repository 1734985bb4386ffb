"""Makes app/adapters/pictures/han_glyphs.bin: the 498 most used characters in the packaged 宋体 and 黑体, as bits (app.adapters.pictures.upright.glyph_bits).

python -m tests.adapters.pictures.make_han_glyphs
"""

from __future__ import annotations

import pylopdf_fonts_zh_cn
from PIL import Image, ImageDraw, ImageFont

from app.adapters.pictures.upright import SIDE, TABLE, glyph_bits

COMMON = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本"
    "去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总"
    "次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权"
    "收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连"
    "断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严"
)
SIZE = 48  # pixels


def made() -> bytes:
    """SIDE * SIDE bits for each character and font."""
    marks = []
    for path in (pylopdf_fonts_zh_cn.serif_path(), pylopdf_fonts_zh_cn.sans_path()):
        face = ImageFont.truetype(str(path), SIZE)
        for character in COMMON:
            image = Image.new("L", (SIZE * 4 // 3, SIZE * 4 // 3))
            ImageDraw.Draw(image).text((4, 0), character, fill=255, font=face)
            marks.append(glyph_bits(image.point(lambda level: 255 if level > 128 else 0)))
    return b"".join(mark.to_bytes(SIDE * SIDE // 8, "big") for mark in marks)


if __name__ == "__main__":
    TABLE.write_bytes(made())
