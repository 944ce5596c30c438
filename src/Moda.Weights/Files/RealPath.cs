namespace Moda.Weights.Files;

/// <summary>Paths without links in them, by which two names of one file are found equal.</summary>
internal static class RealPath
{
    // As Linux has it: more are a circle.
    private const int MostLinks = 40;

    /// <summary>Follows all links of a path, of its folders too. What does not exist yet is taken as it stands.</summary>
    /// <exception cref="IOException">The links run in a circle.</exception>
    public static string Of(string path)
    {
        string left = Path.GetFullPath(path);
        string found = Path.GetPathRoot(left)!;
        left = left[found.Length..];
        int links = 0;
        while (left.Length > 0)
        {
            int end = left.IndexOf(Path.DirectorySeparatorChar, StringComparison.Ordinal);
            string next = Path.Combine(found, end < 0 ? left : left[..end]);
            left = end < 0 ? "" : left[(end + 1)..];
            if (new FileInfo(next).LinkTarget is { } target)
            {
                if (++links > MostLinks)
                {
                    throw new IOException($"The links of '{path}' run in a circle.");
                }
                string whole = Path.GetFullPath(Path.Combine(found, target, left));
                found = Path.GetPathRoot(whole)!;
                left = whole[found.Length..];
            }
            else
            {
                found = next;
            }
        }
        return Path.TrimEndingDirectorySeparator(found);
    }

    /// <summary>Whether two paths are names of one file.</summary>
    public static bool AreSame(string first, string second) => string.Equals(
        Of(first), Of(second), OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);
}
