using Moda.Kernels;
using Moda.Onnx.Faces;
using Moda.Runtime.Audio;
using Moda.Runtime.Faces;
using Moda.Runtime.Faces.Detection;
using Moda.Runtime.Imaging;
using Moda.Runtime.Options;

namespace Moda.Cli.Commands;

/// <summary>Reads a picture and finds the face in it, as the options of a command say.</summary>
internal sealed record PortraitFinder
{
    public required string Image { get; init; }

    public required string? Landmarks { get; init; }

    public required FaceChoice Face { get; init; }

    /// <summary>Where the reference's face models lie; null for the built-in analyzer, or those beside the weights.</summary>
    public required string? FaceModels { get; init; }

    public required string Weights { get; init; }

    public required PortraitOptions Options { get; init; }

    /// <summary>Reads the picture. A pipe is opened and read on another thread, so that Ctrl+C ends the wait for it.</summary>
    public Task<LoadedImage> LoadImageAsync(CancellationToken cancellation) => LoadImageAsync(Image, cancellation);

    /// <summary>Reads any picture, and says what is to be known of it.</summary>
    public static async Task<LoadedImage> LoadImageAsync(string name, CancellationToken cancellation)
    {
        string path = name == AudioInput.StandardInput ? "/dev/stdin" : name;
        LoadedImage picture = await Task.Run(() => ImageFile.Read(path), cancellation).WaitAsync(cancellation);
        if (picture.Notice is { } notice)
        {
            await Console.Error.WriteLineAsync($"note: image '{name}': {notice}");
        }

        return picture;
    }

    /// <summary>Finds the face, or takes its landmarks from a file.</summary>
    public Portrait Find(LoadedImage picture, Device device, CancellationToken cancellation)
    {
        if (Landmarks is { } path)
        {
            FaceLandmarks landmarks = LandmarkFile.Load(path, Face);
            SayWhatWasPutRight(path, landmarks);
            return Portrait.Create(picture.Image, landmarks.Transform(picture.FileToImage), Options);
        }

        using IFaceAnalyzer analyzer = CreateAnalyzer(device);
        return Portrait.Create(picture.Image, analyzer, Face, Options, cancellation);
    }

    /// <summary>Finds several faces, or takes their landmarks from a file.</summary>
    /// <returns>Their numbers and portraits, from left to right.</returns>
    public IReadOnlyList<(int Number, Portrait Portrait)> FindAll(
        LoadedImage picture, FaceSelection selection, Device device, CancellationToken cancellation)
    {
        if (Landmarks is { } path)
        {
            IReadOnlyList<DetectedFace> listed = LandmarkFile.LoadAll(path);
            SayWhatWasPutRight(path, [.. listed.Select(face => face.Landmarks)]);
            return Portrait.CreateNumbered(picture.Image, [.. listed.Select(face => face.Transform(picture.FileToImage))], selection, Options);
        }

        using IFaceAnalyzer analyzer = CreateAnalyzer(device);
        return Portrait.CreateNumbered(picture.Image, analyzer.Analyze(picture.Image, cancellation), selection, Options);
    }

    private static void SayWhatWasPutRight(string path, params ReadOnlySpan<FaceLandmarks> landmarks)
    {
        foreach (FaceLandmarks face in landmarks)
        {
            if (face.IsPutRight)
            {
                Console.Error.WriteLine($"note: landmarks '{path}': five points were given in another order, which was put right.");
            }
        }
    }

    /// <summary>The reference's analyzer where its models are named or lie with the weights, otherwise the built-in one.</summary>
    public IFaceAnalyzer CreateAnalyzer(Device device)
    {
        if (FaceModels is { } folder)
        {
            return new OnnxFaceAnalyzer(folder);
        }

        if (!FaceModelFiles.AreIn(Weights) || !OnnxFaceAnalyzer.IsAvailable)
        {
            return new FaceAnalyzer(device);
        }

        Console.Error.WriteLine($"faces: insightface's models in '{Weights}'");
        return new OnnxFaceAnalyzer(Weights);
    }
}
