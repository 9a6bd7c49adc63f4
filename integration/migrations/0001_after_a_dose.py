import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0007_what_the_auditor_reads'),
        ('kap_sessions', '0002_dosing_guard'),
        ('patients', '0013_outside_facts_wall'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ContinuingPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, unique=True)),
                ('relapse_signs', models.TextField()),
                ('what_helps', models.TextField()),
                ('who_to_call', models.TextField()),
                ('follow_up', models.TextField()),
                ('maintenance', models.TextField(blank=True)),
                ('leftover_drug', models.CharField(blank=True, max_length=200)),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('clinic', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.clinic')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='continuing_plans', to='patients.course')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='continuing_plans', to='patients.patient')),
                ('written_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Practice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, unique=True)),
                ('text', models.CharField(max_length=300)),
                ('how_often', models.CharField(blank=True, max_length=120)),
                ('from_on', models.DateField()),
                ('until_on', models.DateField(blank=True, null=True)),
                ('set_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('ended_why', models.CharField(blank=True, editable=False, max_length=200)),
                ('clinic', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.clinic')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='practices', to='patients.course')),
                ('dosing', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='practices', to='kap_sessions.dosingsession')),
                ('ended_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='practices', to='patients.patient')),
                ('set_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='PracticeLook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, unique=True)),
                ('kept', models.CharField(choices=[('kept', 'Kept'), ('partly', 'Partly'), ('not_kept', 'Not kept')], max_length=10)),
                ('words', models.CharField(blank=True, max_length=300)),
                ('looked_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('clinic', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.clinic')),
                ('looked_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('practice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='looks', to='integration.practice')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Continuation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, unique=True)),
                ('after_dose', models.PositiveSmallIntegerField()),
                ('decision', models.CharField(choices=[('continue', 'Continue as ordered'), ('change', 'Continue with a change'), ('stop', 'Stop and close'), ('maintenance', 'Go over to maintenance')], max_length=12)),
                ('reason', models.TextField()),
                ('facts', models.JSONField(default=dict)),
                ('signed_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('signed_name', models.CharField(max_length=120)),
                ('signed_role', models.CharField(max_length=40)),
                ('sha256', models.CharField(max_length=64)),
                ('clinic', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.clinic')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='continuations', to='patients.course')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='continuations', to='patients.patient')),
                ('signed_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='continuation_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='IntegrationSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, unique=True)),
                ('patient_words', models.TextField(blank=True)),
                ('themes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
                ('insights', models.JSONField(default=list)),
                ('body', models.CharField(blank=True, max_length=300)),
                ('difficult', models.TextField(blank=True)),
                ('next_intention', models.CharField(blank=True, max_length=300)),
                ('is_closing', models.BooleanField(default=False)),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('appointment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='integration_sessions', to='kap_sessions.appointment')),
                ('clinic', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.clinic')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='integration_sessions', to='patients.course')),
                ('dosing', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='integration_sessions', to='kap_sessions.dosingsession')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='integration_sessions', to='patients.patient')),
                ('written_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('dosing__isnull', False), ('is_closing', True), _connector='OR'), name='integration_belongs_to_a_dose')],
            },
        ),
        migrations.CreateModel(
            name='NextDayCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, unique=True)),
                ('reached', models.CharField(choices=[('spoke', 'Spoke with the patient'), ('escort', 'Spoke with somebody else'), ('not_reached', 'Not reached')], max_length=12)),
                ('slept', models.CharField(blank=True, max_length=120)),
                ('unwell', models.CharField(blank=True, max_length=300)),
                ('safe', models.BooleanField(null=True)),
                ('words', models.TextField(blank=True)),
                ('called_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('called_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('clinic', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.clinic')),
                ('dosing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='next_day_calls', to='kap_sessions.dosingsession')),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='next_day_calls', to='patients.patient')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('reached', 'spoke'), _negated=True), ('safe__isnull', False), _connector='OR'), name='spoken_with_and_asked')],
            },
        ),
        migrations.AddConstraint(
            model_name='practice',
            constraint=models.CheckConstraint(condition=models.Q(('until_on', None), ('until_on__gte', models.F('from_on')), _connector='OR'), name='practice_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='practice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', None)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False)), _connector='OR'), name='practice_ended_paired'),
        ),
    ]
