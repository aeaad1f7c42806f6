using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using k8s.Models;
using Tonari.Controller.Tests.Support;
using Tonari.Kubernetes.Resources;
using Tonari.Rpc.Peer;
using Tonari.Testing.Fuzzing;

namespace Tonari.Controller.Tests.Gateway;

/// <summary>
/// Whatever a neighbour with a valid certificate sends to the real gateway: it is answered or refused with a sentence, never a failure inside, and what
/// is another's stays as it is.
/// </summary>
public sealed class PeerFuzzTests(ITestOutputHelper output) : TwoClusters
{
    private const string Foreign = "bbbbbbbbbb";
    private GrpcChannel _channel = null!;

    private protected override void Prepare()
    {
        _blue.Knows(_green, spec => spec with { AllowedNamespaces = ["shop"] });
        _channel = _blue.ChannelAs(_green.Identity);
    }

    private protected override void End() => _channel.Dispose();

    public static TheoryData<string> Findings => [.. Fuzz.Corpus("messages").Select(f => f.Name)];

    /// <param name="finding">Method, and what is wrong with the message.</param>
    [Theory]
    [MemberData(nameof(Findings))]
    public async Task What_was_found_once_is_answered_or_refused(string finding) =>
        await CheckAsync(Path.GetDirectoryName(finding)!, Fuzz.Finding("messages", finding));

    [Fact]
    public async Task Any_spoilt_message_is_answered_or_refused_and_touches_nothing_of_anybody_else()
    {
        await Fuzz.RunAsync(output.WriteLine, async random =>
        {
            var (method, valid) = s_calls[random.Next(s_calls.Length)];
            var message = valid.Descriptor.Parser.ParseFrom(valid.ToByteArray());
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                Spoil(message, random);
            await Fuzz.OnAsync(message.ToByteArray(), bytes => CheckAsync(method, bytes));
        });
    }

    [Fact]
    public async Task Bytes_that_are_no_message_are_refused()
    {
        await Fuzz.RunAsync(output.WriteLine, async random =>
        {
            var (method, valid) = s_calls[random.Next(s_calls.Length)];
            await Fuzz.OnAsync(Mutation.Bytes(valid.ToByteArray(), random), async bytes =>
            {
                await CallAsync(method, bytes);
                // Whatever that was: the next question is answered.
                (await new Peer.PeerClient(_channel).HelloAsync(new HelloRequest(), cancellationToken: Ct)).ClusterName.ShouldBe("blue");
            });
        });
        _blue.Stored<AppMirror>().ShouldAllBe(m => m.Namespace == "shop");
    }

    private async Task CheckAsync(string method, byte[] message)
    {
        _blue.Log.Lines.Clear();
        _blue.Mirror("green");
        var foreign = Json(_blue.Mirror("red", Foreign, ns: "bank"));
        var code = await CallAsync(method, message);

        code.ShouldNotBeOneOf([StatusCode.Internal, StatusCode.Unknown], method);
        Json(_blue.Stored<AppMirror>().Single(m => m.Spec.MirrorId == Foreign)).ShouldBe(foreign, method);
        _blue.Views.Get(Foreign).ShouldBeNull();
        _blue.Stored<AppMirror>().ShouldAllBe(m => m.Namespace == "shop" || m.Spec.MirrorId == Foreign);
        _blue.Stored<V1Namespace>().ShouldAllBe(n => n.Metadata.Name == "shop");
        _blue.Log.Lines.ShouldAllBe(l => l.Length < 8000 && !l.Contains('\u001b'));
    }

    private static readonly (string Method, IMessage Valid)[] s_calls =
    [
        ("Hello", new HelloRequest { ClusterName = "green", Version = "0.1.0", Time = new Timestamp { Seconds = 1_767_225_600 } }),
        ("Exchange", new ExchangeRequest { Mirrors = { View(), View() } }),
        ("Preflight", new PreflightRequest { Mirror = Definition(), Volumes = { new PreflightVolume { Key = "shop/data", SizeBytes = 4096, StorageClass = "fast" } } }),
        ("EnsureMirror", new EnsureMirrorRequest { Mirror = Definition() }),
        ("SubmitOperation", new SubmitOperationRequest { MirrorId = Id, OperationId = "op-1", Type = "FailOver", Snapshot = $"m-{Id}-e2-s1", Keep = "blue", Confirm = "shop", User = "u" }),
        ("RequestSnapshot", new RequestSnapshotRequest { MirrorId = Id, Epoch = 2, Name = $"m-{Id}-e2-s1" }),
        ("Hold", new HoldRequest { MirrorId = Id, OperationId = "op-1", Epoch = 2, Duration = new Duration { Seconds = 60 }, Purpose = "Reverse" }),
        ("ReleaseHold", new ReleaseHoldRequest { MirrorId = Id, OperationId = "op-1" }),
        ("MirrorDeleted", new MirrorDeletedRequest { MirrorId = "cccccccccc", KeepReplicaVolumes = true }),
    ];

    private static MirrorView View() => new()
    {
        MirrorId = Id,
        Role = "Secondary",
        Epoch = 2,
        Snapshots = { $"m-{Id}-e2-s1" },
        Application = "Stopped",
        ApplicationSince = new Timestamp { Seconds = 1_767_225_600 },
        OperationId = "op-1",
        OperationStage = "Syncing",
        FinishedOperationId = "op-0",
        FinishedOperationMessage = "Done.",
        Verification = new RunningVerification { Snapshot = $"m-{Id}-e2-s1", BytesRead = 1, BytesToRead = 2 },
        Proven = new Proof { Snapshot = $"m-{Id}-e2-s1", ProvenAt = new Timestamp { Seconds = 1 }, BytesCompared = 1 },
        Damage = new FoundDamage { Message = "Damaged." },
        Pull = new RunningPull { Name = $"m-{Id}-e2-s2", Base = $"m-{Id}-e2-s1", StartedAt = new Timestamp { Seconds = 1 }, Volumes = { new PulledVolume { Key = "shop/data", BytesDone = 1 } } },
    };

    private static MirrorDefinition Definition() => new()
    {
        MirrorId = "cccccccccc",
        Name = "shop",
        Namespace = "shop",
        Application = "shop",
        Role = "Secondary",
        NamespaceMapping = { ["theirs"] = "shop" },
        StorageClassMapping = { ["fast"] = "tonari" },
        Schedule = "1m",
        WantedRpo = "2m",
        Retain = 3,
        OnFenced = "Stop",
        ReplicaVolumesOnDelete = "Delete",
    };

    private async Task<StatusCode> CallAsync(string method, byte[] message)
    {
        var bytes = Marshallers.Create(value => value, value => value);
        try
        {
            await _channel.CreateCallInvoker().AsyncUnaryCall(new Method<byte[], byte[]>(MethodType.Unary, "tonari.peer.v1.Peer", method, bytes, bytes), null, new CallOptions(cancellationToken: Ct), message);
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    /// <summary>One field, at any depth, gets a value that something may break at.</summary>
    private static void Spoil(IMessage message, Random random)
    {
        var fields = message.Descriptor.Fields.InFieldNumberOrder();
        if (fields.Count == 0)
            return;
        var field = fields[random.Next(fields.Count)];
        if (field.IsMap)
        {
            var map = (System.Collections.IDictionary)field.Accessor.GetValue(message);
            map[Mutation.Text(random)] = Mutation.Text(random);
        }
        else if (field.IsRepeated)
        {
            var list = (System.Collections.IList)field.Accessor.GetValue(message);
            if (list.Count > 0 && field.FieldType == FieldType.Message && random.Next(3) > 0)
                Spoil((IMessage)list[random.Next(list.Count)]!, random);
            else
                list.Add(list.Count > 0 && random.Next(2) == 0 ? list[0] : ValueOf(field, random));
        }
        else if (field.FieldType == FieldType.Message && field.Accessor.GetValue(message) is IMessage inner && random.Next(4) > 0)
        {
            Spoil(inner, random);
        }
        else if (random.Next(6) == 0)
        {
            field.Accessor.Clear(message);
        }
        else
        {
            field.Accessor.SetValue(message, ValueOf(field, random));
        }
    }

    private static object ValueOf(FieldDescriptor field, Random random) => field.FieldType switch
    {
        FieldType.String => random.Next(8) == 0 ? Foreign : new string([.. Mutation.Text(random).Where(c => !char.IsSurrogate(c))]),
        FieldType.Int64 => Mutation.Number(random),
        FieldType.Int32 => unchecked((int)Mutation.Number(random)),
        FieldType.Bool => random.Next(2) == 0,
        FieldType.Message => field.MessageType.Parser.ParseFrom([]),
        _ => throw new NotSupportedException(field.FieldType.ToString()),
    };

    private static string Json(AppMirror mirror) => Kubernetes.Json.KubeJson.ToJson(mirror).ToJsonString();
}
