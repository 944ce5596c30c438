using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Moda.Cli.Configuration;

/// <summary>One YAML file of the reference, read by dotted key.</summary>
internal sealed class YamlConfiguration
{
    private readonly YamlMappingNode? root;

    private YamlConfiguration(string path, YamlMappingNode? root)
    {
        Path = path;
        this.root = root;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ConfigurationException">It can't be read or is not a YAML mapping.</exception>
    public static YamlConfiguration Load(string path)
    {
        var stream = new YamlStream();
        try
        {
            using StreamReader reader = File.OpenText(path);
            stream.Load(reader);
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

        return stream.Documents switch
        {
            [] => new YamlConfiguration(path, null),
            [{ RootNode: YamlMappingNode mapping }, ..] => new YamlConfiguration(path, mapping),
            _ => throw new ConfigurationException($"The configuration '{path}' is not a mapping of names to values."),
        };
    }

    /// <summary>A number, or null where the key is absent.</summary>
    public double? Number(string key) => Scalar(key) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value
        : throw Unexpected(key, text, "a number");

    /// <summary>A whole number, or null where the key is absent.</summary>
    public int? Integer(string key) => Scalar(key) is not { } text ? null
        : int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value
        : throw Unexpected(key, text, "a whole number");

    /// <summary>A truth value, or null where the key is absent.</summary>
    public bool? Flag(string key) => Scalar(key) is not { } text ? null
        : bool.TryParse(text, out bool value) ? value
        : throw Unexpected(key, text, "true or false");

    /// <summary>A text, or null where the key is absent or null.</summary>
    public string? Text(string key) => Scalar(key);

    /// <summary>Says that a value is not what it should be.</summary>
    public ConfigurationException Unexpected(string key, string found, string expected) =>
        new($"'{key}' in '{Path}' is '{found}', but {expected} is needed.");

    private string? Scalar(string key)
    {
        YamlNode? node = root;
        foreach (string part in key.Split('.'))
        {
            if (node is not YamlMappingNode mapping || !mapping.Children.TryGetValue(new YamlScalarNode(part), out node))
            {
                return null;
            }
        }

        return node is YamlScalarNode { Value: { Length: > 0 } value } && value is not ("null" or "~") ? value : null;
    }
}
