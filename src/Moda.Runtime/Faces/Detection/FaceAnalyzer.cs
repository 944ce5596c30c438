using Moda.Kernels;
using Moda.Runtime.Imaging;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.FaceDetection;
using Moda.Weights.Safetensors;

namespace Moda.Runtime.Faces.Detection;

/// <summary>
/// The built-in face analyzer: the tiny face detector and the 68-point landmark network of face-api (MIT), embedded.
/// It finds faces from about 8 % to 90 % of the image's height, turned by up to about 30 degrees.
/// </summary>
/// <remarks>May be used by several threads at once; they take turns. It has a queue of the device of its own.</remarks>
public sealed class FaceAnalyzer : IFaceAnalyzer
{
    /// <summary>The score from which a face is taken without looking further. Where there is such a face, less sure ones are none.</summary>
    private const float SureScore = 0.4f;

    /// <summary>The lowest score that is looked at.</summary>
    private const float LowestScore = 0.3f;

    /// <summary>Boxes that share more than this are one face.</summary>
    private const float SharedLimit = 0.4f;

    /// <summary>Images whose longest side is beyond this may show a group: they are searched for small and for turned faces too, whatever was found.</summary>
    private const int GroupSearchFrom = 640;

    private const double Tilt = Math.PI / 6;

    /// <summary>The detector's input of the first search.</summary>
    private static readonly FaceSearch Usual = new(416, 0);

    /// <summary>For small faces.</summary>
    private static readonly FaceSearch Fine = new(608, 0);

    private static readonly FaceSearch TurnedLeft = new(416, -Tilt);
    private static readonly FaceSearch TurnedRight = new(416, Tilt);

    /// <summary>Where the first search found nothing: turned faces, faces that fill the image, small ones.</summary>
    private static readonly FaceSearch[] Further = [TurnedLeft, TurnedRight, new(224, 0), Fine];

    private readonly Lock gate = new();
    private readonly Device device;
    private readonly ParameterStore store;
    private readonly TinyFaceDetector detector;
    private readonly Dictionary<int, FaceDetectorPass> detectorPasses = [];
    private readonly FaceLandmarkPass landmarkPass;
    private bool disposed;

    /// <summary>Loads both networks.</summary>
    /// <param name="device">Where they run. It must outlive the analyzer.</param>
    public FaceAnalyzer(Device device)
    {
        this.device = device.CreateQueue();
        store = new ParameterStore(this.device);
        try
        {
            using SafetensorsFile detectorWeights = Resource("face_detector");
            using SafetensorsFile landmarkWeights = Resource("face_landmarks");
            detector = new TinyFaceDetector(new ParameterLoader(detectorWeights, store));
            landmarkPass = new FaceLandmarkPass(this.device, new FaceLandmarkNetwork(new ParameterLoader(landmarkWeights, store)));
        }
        catch
        {
            store.Dispose();
            this.device.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The analyzer was disposed.</exception>
    public IReadOnlyList<DetectedFace> Analyze(RgbImage image, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return Find(image, cancellationToken);
        }
    }

    /// <summary>Finds a face again in the next frame of a video.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="before">68 landmarks of the face in the frame before.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>68 landmarks; null where it is lost.</returns>
    /// <exception cref="ObjectDisposedException">The analyzer was disposed.</exception>
    internal FaceLandmarks? Follow(RgbImage frame, FaceLandmarks before, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return landmarkPass.Follow(new NetworkInput(frame), before, cancellationToken) is { } landmarks && FaceCrop.IsInside(frame, landmarks)
                ? landmarks
                : null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            if (disposed)
            {
                return;
            }

            disposed = true;
            landmarkPass.Dispose();
            foreach (FaceDetectorPass pass in detectorPasses.Values)
            {
                pass.Dispose();
            }

            store.Dispose();
            device.Dispose();
        }
    }

    private List<DetectedFace> Find(RgbImage image, CancellationToken cancellationToken)
    {
        var input = new NetworkInput(image);
        var faces = new List<DetectedFace>();
        Search(Usual);
        if (Math.Max(image.Width, image.Height) > GroupSearchFrom)
        {
            Search(Fine);
            Search(TurnedLeft);
            Search(TurnedRight);
        }

        foreach (FaceSearch search in Further)
        {
            if (HasSureFace())
            {
                break;
            }

            Search(search);
        }

        bool sure = HasSureFace();
        return [.. faces.Where(face => !sure || face.Score >= SureScore).OrderByDescending(face => face.Score)];

        void Search(FaceSearch search)
        {
            var candidates = new List<FaceCandidate>();
            Pass(search.Size).Run(input, image.Width, image.Height, search.Angle, LowestScore, candidates, cancellationToken);
            foreach (FaceCandidate candidate in Suppress(candidates))
            {
                if (candidate.Score < SureScore && HasSureFace())
                {
                    break;
                }

                // Found before, in another search: its landmarks would only be found again.
                if (faces.Exists(face => face.Box.IntersectionOverUnion(candidate.Box) > SharedLimit))
                {
                    continue;
                }

                FaceLandmarks? landmarks = landmarkPass.Run(input, candidate, cancellationToken);
                if (landmarks is not null && FaceCrop.IsInside(image, landmarks) && !faces.Exists(face => IsSameFace(face.Landmarks, landmarks)))
                {
                    faces.Add(new DetectedFace(candidate.Box, candidate.Score, landmarks));
                }
            }
        }

        bool HasSureFace() => faces.Exists(face => face.Score >= SureScore);
    }

    private static SafetensorsFile Resource(string name) =>
        SafetensorsFile.OpenResource(typeof(FaceAnalyzer).Assembly, $"Moda.Runtime.{name}.safetensors");

    private FaceDetectorPass Pass(int size)
    {
        if (!detectorPasses.TryGetValue(size, out FaceDetectorPass? pass))
        {
            pass = new FaceDetectorPass(device, detector, size);
            detectorPasses.Add(size, pass);
        }

        return pass;
    }

    /// <summary>Non-maximum suppression: of boxes that share much, the surest stays. The surest comes first.</summary>
    private static List<FaceCandidate> Suppress(List<FaceCandidate> candidates)
    {
        var kept = new List<FaceCandidate>();
        foreach (FaceCandidate candidate in candidates.OrderByDescending(candidate => candidate.Score))
        {
            if (kept.TrueForAll(other => other.Box.IntersectionOverUnion(candidate.Box) <= SharedLimit))
            {
                kept.Add(candidate);
            }
        }

        return kept;
    }

    /// <summary>Whether one face lies on another: the same, found at another size, or a part of it taken for a face.</summary>
    private static bool IsSameFace(FaceLandmarks first, FaceLandmarks second)
    {
        FaceRegion a = FaceRegion.FromLandmarks(first, FaceLandmarkPass.Tight);
        FaceRegion b = FaceRegion.FromLandmarks(second, FaceLandmarkPass.Tight);
        double x = a.CentreX - b.CentreX;
        double y = a.CentreY - b.CentreY;
        return Math.Sqrt(x * x + y * y) < Math.Max(a.Side, b.Side) / 2;
    }

    /// <summary>One look of the detector at the whole image.</summary>
    /// <param name="Size">Side of its input, in pixels.</param>
    /// <param name="Angle">By how much the image is turned clockwise, in radians.</param>
    private readonly record struct FaceSearch(int Size, double Angle);
}
