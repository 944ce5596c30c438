using System.Globalization;
using Moda.Weights;
using Moda.Weights.Files;
using YamlDotNet.Core;

namespace Moda.Cli.Configuration;

/// <summary>One YAML file of the reference, read by dotted key.</summary>
internal sealed class YamlConfiguration
{
    /// <summary>The longest file that is read, in bytes; the reference's have some kilobytes.</summary>
    public const int LargestFile = 1 << 20;

    private readonly YamlNode? root;

    private YamlConfiguration(string path, YamlNode? root)
    {
        Path = path;
        this.root = root;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Reads a file. It may be a pipe, but it must end.</summary>
    /// <exception cref="ConfigurationException">It can't be read, is too long, or is not a YAML mapping.</exception>
    public static YamlConfiguration Load(string path)
    {
        YamlNode? root;
        try
        {
            root = YamlNode.Read(ReadText(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The configuration '{path}' can't be read: {exception.Message}", exception);
        }
        catch (YamlException exception)
        {
            throw new ConfigurationException(
                $"The configuration '{path}' is not valid YAML at line {exception.Start.Line}: {exception.InnerException?.Message ?? exception.Message}", exception);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or FormatException or ArithmeticException or IndexOutOfRangeException)
        {
            // The parser lets exceptions of its own workings escape for some texts.
            throw new ConfigurationException($"The configuration '{path}' is not valid YAML: {exception.Message}", exception);
        }

        return root is null or { IsMapping: true }
            ? new YamlConfiguration(path, root)
            : throw new ConfigurationException($"The configuration '{path}' is not a mapping of names to values.");
    }

    /// <summary>A number, or null where the key is absent.</summary>
    /// <param name="key">The dotted key.</param>
    /// <param name="least">The smallest that makes sense.</param>
    /// <param name="most">The largest that makes sense.</param>
    /// <exception cref="ConfigurationException">It is not a number, or out of that range.</exception>
    public double? Number(string key, double least, double most) => Scalar(key) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most ? value
        : throw Unexpected(key, text, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"));

    /// <summary>A whole number, or null where the key is absent.</summary>
    /// <param name="key">The dotted key.</param>
    /// <param name="least">The smallest that makes sense.</param>
    /// <param name="most">The largest that makes sense.</param>
    /// <exception cref="ConfigurationException">It is no whole number, or out of that range.</exception>
    public int? Integer(string key, int least, int most) => Scalar(key) is not { } text ? null
        : int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most ? value
        : throw Unexpected(key, text, $"a whole number from {least} to {most}");

    /// <summary>A truth value, or null where the key is absent.</summary>
    public bool? Flag(string key) => Scalar(key) is not { } text ? null
        : bool.TryParse(text, out bool value) ? value
        : throw Unexpected(key, text, "true or false");

    /// <summary>A text, or null where the key is absent or null.</summary>
    public string? Text(string key) => Scalar(key);

    /// <summary>Says that a value is not what it should be.</summary>
    public ConfigurationException Unexpected(string key, string found, string expected) =>
        new($"'{key}' in '{Path}' is '{ShownText.Of(found, ShownText.LongestName)}', but {expected} is needed.");

    private static string ReadText(string path)
    {
        using FileStream stream = File.OpenRead(path);
        byte[] bytes = new byte[LargestFile + 1];
        int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length > LargestFile)
        {
            throw new IOException($"it has more than {LargestFile} bytes.");
        }

        FileKind kind = FileKinds.Recognise(bytes.AsSpan(0, length), length);
        if (kind != FileKind.Empty && ForeignFiles.Describe(kind, expected: null) is string problem)
        {
            throw new IOException(problem);
        }

        using var reader = new StreamReader(new MemoryStream(bytes, 0, length));
        string text = reader.ReadToEnd();

        // The parser takes it for the end, and the rest would silently not count.
        return text.Contains('\0', StringComparison.Ordinal) ? throw new IOException("it has a zero character, so it is no text.") : text;
    }

    private string? Scalar(string key)
    {
        YamlNode? node = root;
        foreach (string part in key.Split('.'))
        {
            node = node?[part];
        }

        return node?.Text is { Length: > 0 } value && value is not ("null" or "~") ? value : null;
    }
}
