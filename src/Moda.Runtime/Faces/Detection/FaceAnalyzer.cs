using Moda.Kernels;
using Moda.Runtime.Imaging;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.FaceDetection;
using Moda.Weights.Safetensors;

namespace Moda.Runtime.Faces.Detection;

/// <summary>
/// The built-in face analyzer: the tiny face detector and the 68-point landmark network of face-api (MIT), embedded. It finds faces from
/// about 8 % to 90 % of the image's height, rotated in the image by up to about 30 degrees.
/// </summary>
/// <remarks>Several threads may use it at once; their calls run one after another. It has its own queue of the device.</remarks>
public sealed class FaceAnalyzer : IFaceAnalyzer
{
    /// <summary>A face with at least this score ends the search, and faces with lower scores are then dropped.</summary>
    private const float SureScore = 0.4f;

    /// <summary>The lowest score of a candidate.</summary>
    private const float LowestScore = 0.3f;

    /// <summary>Boxes with a larger intersection over union are the same face.</summary>
    private const float SharedLimit = 0.4f;

    /// <summary>Images with a longer side may show a group. They are always searched for small and for rotated faces too.</summary>
    private const int GroupSearchFrom = 640;

    private const double Tilt = Math.PI / 6;

    /// <summary>The first search.</summary>
    private static readonly FaceSearch Usual = new(416, 0);

    /// <summary>A search for small faces.</summary>
    private static readonly FaceSearch Fine = new(608, 0);

    private static readonly FaceSearch TurnedLeft = new(416, -Tilt);
    private static readonly FaceSearch TurnedRight = new(416, Tilt);

    /// <summary>The searches when the first one finds nothing: for rotated faces, faces that fill the image, and small faces.</summary>
    private static readonly FaceSearch[] Further = [TurnedLeft, TurnedRight, new(224, 0), Fine];

    private readonly Lock gate = new();
    private readonly Device device;
    private readonly ParameterStore store;
    private readonly TinyFaceDetector detector;
    private readonly Dictionary<int, FaceDetectorPass> detectorPasses = [];
    private readonly FaceLandmarkPass landmarkPass;
    private bool disposed;

    /// <summary>Loads both networks.</summary>
    /// <param name="device">The device that runs the networks. It must outlive the analyzer.</param>
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
    /// <exception cref="ObjectDisposedException">The analyzer is disposed.</exception>
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
    /// <param name="before">The 68 landmarks of the face in the previous frame.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>68 landmarks; null when the face is lost.</returns>
    /// <exception cref="ObjectDisposedException">The analyzer is disposed.</exception>
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

                // Another search has already found this face.
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

    /// <summary>
    /// Non-maximum suppression: of overlapping boxes, the one with the highest score stays. The result is sorted by score, the highest
    /// first.
    /// </summary>
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

    /// <summary>Whether two results show the same face: found twice at different sizes, or a part of a face that was taken for a face.</summary>
    private static bool IsSameFace(FaceLandmarks first, FaceLandmarks second)
    {
        FaceRegion a = FaceRegion.FromLandmarks(first, FaceLandmarkPass.Tight);
        FaceRegion b = FaceRegion.FromLandmarks(second, FaceLandmarkPass.Tight);
        double x = a.CentreX - b.CentreX;
        double y = a.CentreY - b.CentreY;
        return Math.Sqrt(x * x + y * y) < Math.Max(a.Side, b.Side) / 2;
    }

    /// <summary>One run of the detector on the whole image.</summary>
    /// <param name="Size">The side of the detector's input, in pixels.</param>
    /// <param name="Angle">The clockwise rotation of the image before the detector sees it, in radians.</param>
    private readonly record struct FaceSearch(int Size, double Angle);
}
