using System.Globalization;
using System.Text;

namespace Moda.Weights;

/// <summary>
/// Prepares text from files for messages. The result has a bounded length, and spells out control characters, which a terminal would obey.
/// </summary>
internal static class ShownText
{
    /// <summary>The longest message about a file, in characters.</summary>
    public const int LongestMessage = 2000;

    /// <summary>The longest name that a message quotes.</summary>
    public const int LongestName = 200;

    /// <summary>Shortens a text in the middle when it is too long, and spells out control characters.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="longest">The maximum length in characters, at least 16.</param>
    public static string Of(string text, int longest)
    {
        const string Gap = " [...] ";
        if (text.Length > longest)
        {
            int end = (longest - Gap.Length) / 2;
            text = string.Concat(text.AsSpan(0, longest - Gap.Length - end), Gap, text.AsSpan(text.Length - end));
        }

        return text.Any(MustBeSpelled) ? Spell(text) : text;
    }

    // Lone surrogates cannot be written as UTF-8. Format characters can reverse the direction of the text.
    private static bool MustBeSpelled(char character) =>
        char.IsControl(character) || char.IsSurrogate(character) || char.GetUnicodeCategory(character) == UnicodeCategory.Format;

    private static string Spell(string text)
    {
        var spelled = new StringBuilder(text.Length + 16);
        for (int i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                spelled.Append(text, i++, 2);
            }
            else if (MustBeSpelled(text[i]))
            {
                spelled.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            }
            else
            {
                spelled.Append(text[i]);
            }
        }

        return spelled.ToString();
    }
}
