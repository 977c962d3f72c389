using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Recurrent.Pictures.Drawing;

/// <summary>Elements as text, the same on every machine.</summary>
internal static class Markup
{
    /// <summary>An element and all in it, without an XML declaration.</summary>
    /// <param name="element">The element.</param>
    /// <param name="isIndented">Whether each element among elements only has a line of its own.</param>
    public static string ToText(XElement element, bool isIndented)
    {
        var text = new StringBuilder();
        var settings = new XmlWriterSettings
        {
            OmitXmlDeclaration = true,
            Indent = isIndented,
            NewLineChars = "\n",
            NewLineHandling = NewLineHandling.None,
        };
        using (var writer = XmlWriter.Create(text, settings))
        {
            element.WriteTo(writer);
        }
        return text.ToString();
    }
}
