using System.Reflection;
using System.Text.RegularExpressions;
using Moda.Kernels.Cuda.Nvrtc;

namespace Moda.Kernels.Cuda.Compilation;

/// <summary>
/// The kernels that are embedded in this library: the repository's <c>kernels/*.cu</c> and <c>*.cuh</c>. Files of the folder that
/// <see cref="FolderVariable"/> names take the place of those with the same names, so that a kernel can be edited and run without a build.
/// </summary>
internal static partial class KernelSources
{
    /// <summary>The environment variable that names a folder with sources to use instead of embedded ones.</summary>
    public const string FolderVariable = "MODA_KERNEL_SOURCES";

    private const string Prefix = "kernels/";

    /// <summary>The names of all translation units.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(".cu", StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..])
            .Order(StringComparer.Ordinal)];

    /// <summary>Reads a translation unit and its headers.</summary>
    /// <param name="name">Its file name.</param>
    /// <exception cref="FileNotFoundException">
    /// It or a header that it includes is not embedded, or a unit in the folder has the name of none that is.
    /// </exception>
    /// <exception cref="DirectoryNotFoundException"><see cref="FolderVariable"/> names no folder.</exception>
    public static KernelSource Load(string name) => LoadFrom(Environment.GetEnvironmentVariable(FolderVariable), name);

    /// <summary>As <see cref="Load(string)"/>, with the folder that the caller gives.</summary>
    internal static KernelSource LoadFrom(string? folder, string name)
    {
        if (folder is { Length: > 0 } && !Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"{FolderVariable} names the folder '{folder}', which does not exist.");
        }

        if (folder is { Length: > 0 } && Directory.EnumerateFiles(folder, "*.cu").FirstOrDefault(file => !Names.Contains(Path.GetFileName(file))) is { } stray)
        {
            throw new FileNotFoundException(
                $"'{stray}', in the folder that {FolderVariable} names, would never be compiled: units have the names {string.Join(", ", Names)}.", stray);
        }

        return Resolve(Read(name, includedBy: null), Read);

        SourceFile Read(string file, string? includedBy)
        {
            string? edited = folder is { Length: > 0 } ? Path.Combine(folder, file) : null;
            return File.Exists(edited) ? new SourceFile(file, File.ReadAllText(edited)) : ReadEmbedded(file, includedBy);
        }
    }

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

    private static SourceFile ReadEmbedded(string name, string? includedBy)
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
