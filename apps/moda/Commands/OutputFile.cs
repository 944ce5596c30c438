using Moda.Cli.Configuration;
using Moda.Weights.Files;

namespace Moda.Cli.Commands;

/// <summary>Single files that commands write: pictures and motion. As with videos, what exists is kept and no input is replaced.</summary>
internal static class OutputFile
{
    private static readonly string[] PictureEndings = [".png", ".jpg", ".jpeg", ".webp"];

    /// <summary>Whether a name is that of a picture.</summary>
    public static bool IsPicture(string path) => PictureEndings.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>Refuses a place that must not be written to, before anything is computed for it.</summary>
    /// <param name="option">What named it.</param>
    /// <param name="path">The file.</param>
    /// <param name="overwrites">Whether it may be replaced.</param>
    /// <param name="inputs">The files that are read.</param>
    /// <exception cref="ConfigurationException">It must not.</exception>
    public static void Require(string option, string path, bool overwrites, IEnumerable<string> inputs)
    {
        if (path.Length == 0 || Directory.Exists(path))
        {
            throw new ConfigurationException($"{option} '{path}' is no name for a file.");
        }

        if (inputs.FirstOrDefault(input => RealPath.AreSame(input, path)) is { } input)
        {
            throw new ConfigurationException($"{option} '{path}' is the input '{input}'. Give another name.");
        }

        if (File.Exists(path) && !overwrites)
        {
            throw new ConfigurationException($"{option} '{path}' exists. Give another name, or --overwrite to replace it.");
        }

        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
        {
            throw new ConfigurationException($"{option} '{path}' cannot be written: there is no folder '{folder}'.");
        }
    }
}
