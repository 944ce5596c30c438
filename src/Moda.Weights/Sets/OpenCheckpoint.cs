namespace Moda.Weights.Sets;

/// <summary>
/// The small weights that come with Moda.Native: trained from nothing by tools/open-checkpoint, MIT like everything here. The package
/// Moda.OpenCheckpoint puts them into the folder <c>open-checkpoint</c> beside a program's executable.
/// </summary>
public static class OpenCheckpoint
{
    private const string FolderName = "open-checkpoint";

    /// <summary>Where they lie, for <see cref="WeightSet.Open"/>; null where the program came without them.</summary>
    public static string? Folder { get; } = Find(AppContext.BaseDirectory);

    /// <summary>Where they lie.</summary>
    /// <exception cref="DirectoryNotFoundException">The program came without them.</exception>
    internal static string RequireFolder() => Folder ?? throw new DirectoryNotFoundException(
        $"There is no open checkpoint in '{Path.Combine(AppContext.BaseDirectory, FolderName)}'. Add the package Moda.OpenCheckpoint, or name a folder of weights.");

    /// <summary>The folder of weights beside a program, or null.</summary>
    internal static string? Find(string programFolder)
    {
        string folder = Path.Combine(programFolder, FolderName);
        return File.Exists(Path.Combine(folder, WeightSetDescription.FileName)) ? folder : null;
    }
}
