namespace Moda.Weights.Sets;

/// <summary>
/// The small weights that come with Moda.Native (MIT), trained from scratch by tools/open-checkpoint. The package Moda.OpenCheckpoint puts
/// them into the folder <c>open-checkpoint</c> beside a program's executable.
/// </summary>
public static class OpenCheckpoint
{
    private const string FolderName = "open-checkpoint";

    /// <summary>The folder of the open checkpoint, for <see cref="WeightSet.Open"/>; null when it does not lie beside the program.</summary>
    public static string? Folder { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The folder of the open checkpoint.</summary>
    /// <exception cref="DirectoryNotFoundException">The open checkpoint does not lie beside the program.</exception>
    internal static string RequireFolder() => Folder ?? throw new DirectoryNotFoundException(
        $"There is no open checkpoint in '{Path.Combine(AppContext.BaseDirectory, FolderName)}'. Add the package Moda.OpenCheckpoint, or name a folder of weights.");

    /// <summary>The folder of the open checkpoint beside a program; null for none.</summary>
    internal static string? Find(string programFolder)
    {
        string folder = Path.Combine(programFolder, FolderName);
        return File.Exists(Path.Combine(folder, WeightSetDescription.FileName)) ? folder : null;
    }
}
