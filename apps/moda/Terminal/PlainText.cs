using System.Globalization;
using System.Text;

namespace Moda.Cli.Terminal;

/// <summary>
/// Writes text in which control characters are spelled out, all but line ends and tabs: names of files and what other programs say may
/// hold orders to the terminal.
/// </summary>
/// <param name="inner">Where it goes.</param>
internal sealed class PlainText(TextWriter inner) : TextWriter(CultureInfo.InvariantCulture)
{
    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <summary>Has standard output and standard error written so.</summary>
    /// <returns>Standard error as it was, for the bars of <see cref="StageProgress"/>.</returns>
    public static TextWriter Install()
    {
        TextWriter error = Console.Error;
        Console.SetOut(new PlainText(Console.Out));
        Console.SetError(new PlainText(error));
        return error;
    }

    /// <inheritdoc/>
    public override void Write(char value)
    {
        if (IsPlain(value))
        {
            inner.Write(value);
        }
        else
        {
            inner.Write(Spelled(value));
        }
    }

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Write(value.AsSpan());

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        var text = new StringBuilder(buffer.Length);
        foreach (char character in buffer)
        {
            if (IsPlain(character))
            {
                text.Append(character);
            }
            else
            {
                text.Append(Spelled(character));
            }
        }

        inner.Write(text.ToString());
    }

    /// <inheritdoc/>
    public override void WriteLine(string? value)
    {
        Write(value);
        inner.WriteLine();
    }

    /// <inheritdoc/>
    public override void WriteLine() => inner.WriteLine();

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    // Format characters may turn the direction of writing.
    private static bool IsPlain(char character) => character is '\n' or '\t'
        || (!char.IsControl(character) && char.GetUnicodeCategory(character) != UnicodeCategory.Format);

    private static string Spelled(char character) => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
}
