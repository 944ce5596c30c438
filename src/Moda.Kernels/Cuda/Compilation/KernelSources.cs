using System.Reflection;
using System.Text.RegularExpressions;
using Moda.Kernels.Cuda.Nvrtc;

namespace Moda.Kernels.Cuda.Compilation;

/// <summary>The kernels that are embedded in this library: the repository's <c>kernels/*.cu</c> and <c>*.cuh</c>.</summary>
internal static partial class KernelSources
{
    private const string Prefix = "kernels/";

    /// <summary>The names of all translation units.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(".cu", StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..])
            .Order(StringComparer.Ordinal)];

    /// <summary>Reads a translation unit and its headers.</summary>
    /// <param name="name">Its file name.</param>
    /// <exception cref="FileNotFoundException">It or a header that it includes is not embedded.</exception>
    public static KernelSource Load(string name) => Resolve(Read(name, includedBy: null), Read);

    /// <summary>Collects the headers that a unit includes in quotes, directly or not.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="read">Gives a header by its name and the name of the file that includes it.</param>
    internal static KernelSource Resolve(SourceFile unit, Func<string, string?, SourceFile> read)
    {
        SortedDictionary<string, SourceFile> headers = new(StringComparer.Ordinal);
        Stack<SourceFile> pending = new([unit]);
        while (pending.TryPop(out SourceFile? file))
        {
            foreach (Match include in Include().Matches(file.Text))
            {
                string name = include.Groups["name"].Value;
                if (!headers.ContainsKey(name))
                {
                    SourceFile header = read(name, file.Name);
                    headers.Add(name, header);
                    pending.Push(header);
                }
            }
        }

        return new KernelSource(unit, [.. headers.Values]);
    }

    private static SourceFile Read(string name, string? includedBy)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + name)
            ?? throw new FileNotFoundException(
                includedBy is null
                    ? $"There is no embedded kernel source {name}; there are {string.Join(", ", Names)}."
                    : $"{includedBy} includes {name}, which is not among the embedded kernel sources.",
                name);
        using var reader = new StreamReader(stream);
        return new SourceFile(name, reader.ReadToEnd());
    }

    [GeneratedRegex("""^[ \t]*#[ \t]*include[ \t]*"(?<name>[^"]+)".*$""", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Include();
}
