using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Recurrent.Tests.Text;

/// <summary>Generates well-formed Unicode strings, rich in what is easily got wrong.</summary>
internal static class UnicodeText
{
    private static readonly string[] Awkward =
    [
        " ",
        " ",
        "  ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "\v",
        "\f",
        "\0",
        "\u0085", // next line
        "\u00A0", // no-break space
        "\u2003", // em space
        "\u2028", // line separator
        "\u3000", // ideographic space
        "\u200B", // zero width space, which is not white space
        "\uFEFF", // byte order mark
        "\uFFFD",
        "e\u0301", // e and a combining acute accent
        "日本語",
        "机器学习",
        "😀",
        "👩\u200D👩\u200D👧", // a family, joined
        "🇨🇭", // two regional indicators
        "\U0010FFFF",
        "<unk>",
        "<0x41>",
        "The",
        "traveller",
    ];

    private static readonly Gen<string> Scalar =
        from value in Gen.OneOf(Gen.Choose(0, 0x7F), Gen.Choose(0, 0xD7FF), Gen.Choose(0xE000, 0x10FFFF))
        select new Rune(value).ToString();

    public static Gen<string> Strings { get; } =
        from pieces in Gen.OneOf(Gen.Elements(Awkward), Scalar).ListOf()
        select string.Concat(pieces);
}
