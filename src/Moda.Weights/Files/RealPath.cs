namespace Moda.Weights.Files;

/// <summary>Resolves links in paths, so that two names of one file can be compared.</summary>
internal static class RealPath
{
    // Linux follows at most this many links. A path with more is treated as a circle.
    private const int MostLinks = 40;

    /// <summary>Follows all links in a path, including those of its folders. Parts that do not exist yet stay as they are.</summary>
    /// <exception cref="IOException">The links form a circle.</exception>
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

    /// <summary>Whether two paths name the same file.</summary>
    public static bool AreSame(string first, string second) => string.Equals(
        Of(first), Of(second), OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);
}
